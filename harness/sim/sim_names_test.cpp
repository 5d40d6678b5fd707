#include "harness/sim/sim_names.h"

#include <gtest/gtest.h>

#include "harness/sim/sim_connections.h"

namespace assay::sim {
namespace {

struct NamesTest : testing::Test, DatagramReceiver, ProcessHost {
  Simulator simulator;
  SimProcesses processes{simulator, 3};
  SimNetwork network{simulator, processes, 3, {.loss_ppm = 0, .duplicate_ppm = 0, .reorder_ppm = 0}, Rng(1)};
  SimConnections connections{simulator, processes, {}, Rng(2)};
  SimNames names{3};
  int received = 0;

  NamesTest() {
    processes.set_host(this);
    network.set_receiver(this);
    network.set_names(&names);
    connections.set_network(&network);
    for (NodeId node = 0; node < 3; ++node) processes.start(node);
  }
  void datagram(NodeId, NodeId, std::string) override { ++received; }
  void process_started(NodeId) override {}
  void process_ended(NodeId node) override { names.lost_at(node); }
  // How many of one message arrive.
  int sent(NodeId from, NodeId to) {
    received = 0;
    network.send(from, to, "m");
    simulator.run_until(simulator.now() + kSecond);
    return received;
  }
};

constexpr Link kThere{0, 1};

TEST_F(NamesTest, AreNeededForNewConnectionsOnly) {
  const TroubledName missing{kThere, NameTrouble::missing};
  names.trouble({&missing, 1});
  EXPECT_TRUE(names.look_up_troubled({&missing, 1}).proved);
  EXPECT_FALSE(names.look_up({&kThere, 1}).proved);
  EXPECT_EQ(sent(0, 1), 1) << "on the connection that is there";
  connections.reset({&kThere, 1}, 0);
  EXPECT_EQ(sent(0, 1), 0);
  EXPECT_EQ(sent(1, 0), 1) << "who finds the other one";
  EXPECT_EQ(sent(0, 2), 1);
  EXPECT_EQ(names.misled(), 3);
  names.heal();
  EXPECT_TRUE(names.look_up({&kThere, 1}).proved);
  EXPECT_FALSE(names.look_up_troubled({&missing, 1}).proved);
  EXPECT_EQ(names.misled(), 0);
  EXPECT_EQ(sent(0, 1), 1);
  names.trouble({&missing, 1});
  EXPECT_EQ(sent(0, 1), 1) << "connected again before";
}

TEST_F(NamesTest, AreNeededAfterAProcessHasEndedAtEitherEnd) {
  for (const NodeId dead : {0, 1}) {
    const TroubledName silent{kThere, NameTrouble::silent};
    names.trouble({&silent, 1});
    processes.kill(dead);
    processes.start(dead);
    EXPECT_EQ(sent(0, 1), 0);
    EXPECT_EQ(sent(1, 0), 1);
    names.heal();
    EXPECT_EQ(sent(0, 1), 1);
  }
}

TEST_F(NamesTest, ConnectionsThatWereForgottenOrClosedAreMadeAnew) {
  const TroubledName nowhere{kThere, NameTrouble::nowhere};
  names.trouble({&nowhere, 1});
  connections.forget({&kThere, 1});
  EXPECT_EQ(sent(0, 1), 0);
  names.heal();
  EXPECT_EQ(sent(0, 1), 1);
  names.trouble({&nowhere, 1});
  connections.close_slowly({&kThere, 1});
  EXPECT_EQ(sent(0, 1), 0);
}

TEST_F(NamesTest, ThatAreWrongLeadToWhoRefuses) {
  const TroubledName wrong{kThere, NameTrouble::wrong, 2};
  const TroubledName other{kThere, NameTrouble::wrong, 0};
  names.trouble({&wrong, 1});
  EXPECT_TRUE(names.look_up_troubled({&wrong, 1}).proved);
  EXPECT_FALSE(names.look_up_troubled({&other, 1}).proved);
  connections.reset({&kThere, 1}, 0);
  EXPECT_EQ(sent(0, 1), 0);
  names.heal();
  EXPECT_EQ(sent(0, 1), 1);
}

}  // namespace
}  // namespace assay::sim
