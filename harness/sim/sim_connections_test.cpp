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

}  // namespace
}  // namespace assay::sim
