#include "harness/sim/sim_connections.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::sim {
namespace {

struct Peer : ClientSide {
  std::vector<std::string> log;
  void connection_opened(NodeId node) override { log.push_back("open " + std::to_string(node)); }
  void connection_ended(NodeId, bool never_opened) override {
    log.push_back(never_opened ? "refused" : "broken");
  }
  void connection_data(NodeId, std::string payload) override { log.push_back(payload); }
};

struct ConnectionsTest : testing::Test, ServerSide, ProcessHost {
  Simulator simulator;
  SimProcesses processes{simulator, 2};
  SimConnections connections{simulator, processes, {}, Rng(1)};
  Peer client;
  std::vector<std::string> served;
  bool echo = true;

  ConnectionsTest() {
    processes.set_host(this);
    connections.set_server(this);
    processes.start(0);
  }
  void request_data(NodeId node, ConnectionId id, std::string payload) override {
    served.push_back(payload);
    if (echo) connections.send_to_client(node, id, "re:" + payload);
  }
  void connection_gone(NodeId, ConnectionId) override { served.push_back("gone"); }
  void process_started(NodeId) override {}
  void process_ended(NodeId node) override { connections.node_down(node); }
  void run() { simulator.run_until(simulator.now() + kSecond); }
};

using Lines = std::vector<std::string>;

TEST_F(ConnectionsTest, CarryMessagesBothWaysInOrder) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  for (int i = 0; i < 100; ++i) connections.send_to_node(id, std::to_string(i));
  run();
  ASSERT_EQ(served.size(), 100u);
  ASSERT_EQ(client.log.size(), 101u);
  EXPECT_EQ(client.log[0], "open 0");
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(served[i], std::to_string(i));
    EXPECT_EQ(client.log[i + 1], "re:" + std::to_string(i));
  }
}

TEST_F(ConnectionsTest, ADeadNodeRefusesAfterARoundTrip) {
  connections.open(&client, 1);
  EXPECT_TRUE(client.log.empty());
  run();
  EXPECT_EQ(client.log, (Lines{"refused"}));
  EXPECT_EQ(connections.open_count(), 0u);
}

TEST_F(ConnectionsTest, AKillBreaksThemAndLosesWhatWasUnderWay) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  connections.send_to_node(id, "under way");
  processes.kill(0);
  run();
  EXPECT_TRUE(served.empty());
  EXPECT_EQ(client.log, (Lines{"open 0", "broken"}));
  EXPECT_EQ(connections.open_count(), 0u);
}

TEST_F(ConnectionsTest, WhatANodeSentBeforeItDiedArrives) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  connections.send_to_client(0, id, "last words");
  processes.kill(0);
  run();
  EXPECT_EQ(client.log, (Lines{"open 0", "last words", "broken"}));
}

TEST_F(ConnectionsTest, ARestartedNodeKnowsNothingOfOldConnections) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  processes.kill(0);
  processes.start(0);
  connections.send_to_node(id, "to the old process");
  connections.send_to_client(0, id, "from the new process");
  run();
  EXPECT_TRUE(served.empty());
  EXPECT_EQ(client.log, (Lines{"open 0", "broken"}));
}

TEST_F(ConnectionsTest, APausedNodeAcceptsAndServesAfterItsResume) {
  const ConnectionId early = connections.open(&client, 0);
  run();
  processes.pause(0);
  connections.send_to_node(early, "a");
  connections.open(&client, 0);
  run();
  EXPECT_EQ(client.log, (Lines{"open 0"}));
  EXPECT_TRUE(served.empty());
  processes.resume(0);
  run();
  EXPECT_EQ(served, (Lines{"a"}));
  EXPECT_EQ(client.log.size(), 3u);
}

TEST_F(ConnectionsTest, WaitingAtThePausedDoorOfANodeThatIsKilledIsRefused) {
  processes.pause(0);
  connections.open(&client, 0);
  run();
  EXPECT_TRUE(client.log.empty());
  processes.kill(0);
  processes.start(0);
  run();
  EXPECT_EQ(client.log, (Lines{"refused"}));
}

TEST_F(ConnectionsTest, CloseIsHeardByTheNodeAfterTheData) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  connections.send_to_node(id, "a");
  connections.close(id);
  connections.send_to_node(id, "b");
  run();
  EXPECT_EQ(served, (Lines{"a", "gone"}));
  EXPECT_EQ(client.log, (Lines{"open 0"}));  // no echo after closing
  connections.close(id);
  EXPECT_EQ(connections.open_count(), 0u);
}

TEST_F(ConnectionsTest, ClosingWhileConnectingIsSilent) {
  const ConnectionId id = connections.open(&client, 0);
  connections.close(id);
  run();
  EXPECT_TRUE(client.log.empty());
  EXPECT_TRUE(served.empty());
}

TEST_F(ConnectionsTest, IdsAreNeverUsedAgain) {
  const ConnectionId first = connections.open(&client, 0);
  connections.close(first);
  const ConnectionId second = connections.open(&client, 0);
  EXPECT_NE(first, second);
  run();
  connections.send_to_client(0, first, "to nobody");
  run();
  EXPECT_EQ(client.log, (Lines{"open 0"}));
}

struct CutConnectionsTest : ConnectionsTest {
  SimNetwork network{simulator, processes, 2, {}, Rng(2)};
  CutConnectionsTest() { connections.set_network(&network); }
  void cut(const Link& link) { network.cut({&link, 1}); }
};

TEST_F(CutConnectionsTest, ACutHoldsUpWhatIsSentUntilItIsHealed) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  cut({kClients, 0});
  for (int i = 0; i < 50; ++i) connections.send_to_node(id, std::to_string(i));
  run();
  EXPECT_TRUE(served.empty());
  network.heal();
  connections.send_to_node(id, "last");
  run();
  ASSERT_EQ(served.size(), 51u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(served[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(served.back(), "last");
  EXPECT_EQ(client.log.size(), 52u);
}

TEST_F(CutConnectionsTest, CutsHaveADirectionAndConnectingCrossesBoth) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  cut({0, kClients});
  connections.send_to_node(id, "heard");
  Peer other;
  connections.open(&other, 0);
  run();
  EXPECT_EQ(served, (Lines{"heard"}));
  EXPECT_EQ(client.log, (Lines{"open 0"}));
  EXPECT_TRUE(other.log.empty());
  network.heal();
  run();
  EXPECT_EQ(client.log, (Lines{"open 0", "re:heard"}));
  EXPECT_EQ(other.log, (Lines{"open 0"}));
}

TEST_F(CutConnectionsTest, ABadLinkMakesLateWhatStaysWholeAndInOrder) {
  const auto shape = [&](const Link& link, const char* quality) {
    const ShapedLink shaped{link, *parse_packet_quality(quality)};
    network.shape({&shaped, 1});
  };
  const auto opened_within = [&](Nanos time) {
    Peer other;
    const ConnectionId id = connections.open(&other, 0);
    simulator.run_until(simulator.now() + time);
    const bool opened = !other.log.empty();
    connections.close(id);
    return opened;
  };
  shape({kClients, 0}, "delay:100ms");
  shape({0, kClients}, "delay:30ms");
  EXPECT_FALSE(opened_within(130 * kMillisecond));
  EXPECT_TRUE(opened_within(150 * kMillisecond));
  // Sent again after 200 ms and more, and nobody overtakes.
  const ConnectionId id = connections.open(&client, 0);
  run();
  served.clear();
  shape({kClients, 0}, "loss:50%+corrupt:20%");
  for (int i = 0; i < 60; ++i) connections.send_to_node(id, std::to_string(i));
  simulator.run_until(simulator.now() + 200 * kMillisecond);
  EXPECT_LT(served.size(), 60u);
  for (int second = 0; second < 100; ++second) run();
  ASSERT_EQ(served.size(), 60u);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(served[static_cast<std::size_t>(i)], std::to_string(i));
  const std::vector<Link> links = {{kClients, 0}, {0, kClients}};
  EXPECT_LT(network.measure(links, {.count = 200})[0].arrived, 120);
  network.restore();
  EXPECT_TRUE(opened_within(20 * kMillisecond));
}

TEST_F(CutConnectionsTest, AResetIsLearnedOnBothSides) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  const Link link{0, kClients};
  connections.reset({&link, 1}, 0);
  EXPECT_EQ(connections.ended(), 1);
  run();
  EXPECT_EQ(client.log, (Lines{"open 0", "broken"}));
  EXPECT_EQ(served, (Lines{"gone"}));
  EXPECT_EQ(connections.open_count(), 0u);
  connections.send_to_node(id, "to nobody");
  connections.open(&client, 0);
  run();
  EXPECT_EQ(client.log.back(), "open 0");
}

TEST_F(CutConnectionsTest, ResetsComeAgainUntilTheyAreHealed) {
  const Link link{kClients, 0};
  connections.reset({&link, 1}, 300 * kMillisecond);
  connections.open(&client, 0);
  run();
  EXPECT_EQ(client.log, (Lines{"open 0", "broken"}));
  EXPECT_EQ(connections.ended(), 1);
  connections.heal();
  connections.open(&client, 0);
  run();
  EXPECT_EQ(client.log.back(), "open 0");
}

TEST_F(CutConnectionsTest, OneResetMoreDoesNotEndThoseThatComeAgain) {
  const Link link{kClients, 0}, other{0, 1};
  connections.reset({&link, 1}, 300 * kMillisecond);
  connections.reset({&other, 1}, 0);
  connections.open(&client, 0);
  run();
  EXPECT_EQ(client.log, (Lines{"open 0", "broken"}));
}

TEST_F(CutConnectionsTest, AForgottenConnectionIsSilentAndThenAnsweredByAReset) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  const Link link{0, kClients};
  connections.forget({&link, 1});
  run();
  EXPECT_EQ(served, (Lines{"gone"}));
  connections.send_to_node(id, "into the void");
  run();
  EXPECT_EQ(client.log, (Lines{"open 0"}));
  Peer other;
  connections.open(&other, 0);
  run();
  EXPECT_EQ(other.log, (Lines{"open 0"})) << "new connections work";
  connections.heal();
  connections.send_to_node(id, "again");
  run();
  EXPECT_EQ(client.log, (Lines{"open 0", "broken"}));
  EXPECT_EQ(served, (Lines{"gone"}));
}

TEST_F(CutConnectionsTest, OneThatIsClosedSlowlyIsLearnedOfWhenThatIsHealed) {
  const ConnectionId id = connections.open(&client, 0);
  run();
  const Link link{0, kClients};
  connections.close_slowly({&link, 1});
  run();
  EXPECT_EQ(served, (Lines{"gone"}));
  EXPECT_EQ(connections.ended(), 1);
  EXPECT_EQ(connections.lingering().withheld, 1);
  EXPECT_EQ(connections.lingering().closing, 1);
  connections.send_to_node(id, "into the void");
  run();
  EXPECT_EQ(client.log, (Lines{"open 0"}));
  Peer other;
  connections.open(&other, 0);
  run();
  EXPECT_EQ(other.log, (Lines{"open 0"})) << "new connections work";
  connections.heal();
  run();
  EXPECT_EQ(client.log, (Lines{"open 0", "broken"})) << "without a word from the client";
  EXPECT_EQ(other.log, (Lines{"open 0"}));
  EXPECT_EQ(served, (Lines{"gone"}));
  EXPECT_EQ(connections.lingering().closing + connections.lingering().withheld, 0);
}

TEST_F(CutConnectionsTest, WhatIsSentOnAConnectionThatItsReceiverClosedIsLost) {
  processes.start(1);
  const Link link{0, 1};
  connections.close_slowly({&link, 1});
  EXPECT_TRUE(network.is_cut(1, 0));
  EXPECT_FALSE(network.is_cut(0, 1)) << "who closed it has made a new one";
  EXPECT_EQ(connections.lingering().closing, 1);
  connections.heal();
  EXPECT_FALSE(network.is_cut(1, 0));
  EXPECT_EQ(connections.lingering().closing, 0);
}

}  // namespace
}  // namespace assay::sim
