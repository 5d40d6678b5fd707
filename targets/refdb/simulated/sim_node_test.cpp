// The driver's duties of replica.h, seen from a small replica that writes a record per request, acknowledges it when
// it is durable, gossips it to its peers, and ticks every 10 ms.
#include "targets/refdb/simulated/sim_node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace assay::refdb {
namespace {

constexpr std::int64_t kTickInterval = 10 * kMillisecond;

// What the replicas of a test saw, across their lives.
struct Witness {
  std::vector<std::int64_t> tick_lateness;
  std::vector<std::uint64_t> persisted;
  std::vector<std::string> gossip;
  std::vector<ConnectionId> gone;
  std::vector<std::size_t> records_at_start;
  std::vector<std::uint64_t> seeds;
  bool sync = true;
};
Witness* witness = nullptr;

class RecordReplica final : public Replica {
 public:
  RecordReplica(const ReplicaConfig& config, const StorageReader& storage, LocalTime now)
      : config_(config), deadline_(now.monotonic + kTickInterval) {
    storage.scan("record/", [this](std::string_view, std::string_view) { ++records_; });
    witness->records_at_start.push_back(records_);
    witness->seeds.push_back(config.seed);
  }
  void tick(LocalTime now) override {
    witness->tick_lateness.push_back(now.monotonic - deadline_);
    deadline_ = now.monotonic + kTickInterval;
  }
  void receive(PeerId from, std::string_view payload, LocalTime) override {
    witness->gossip.push_back(std::to_string(from) + ">" + std::to_string(config_.self) + ":" +
                              std::string(payload));
  }
  void client_request(ConnectionId connection, std::string_view payload, LocalTime) override {
    effects_.writes.push_back({"record/" + std::string(payload), "x"});
    effects_.must_sync = witness->sync;
    effects_.batch = ++batch_;
    waiting_[batch_] = {connection, std::string(payload)};
    for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
      if (peer != config_.self) effects_.messages.push_back({peer, std::string(payload)});
    }
  }
  void client_gone(ConnectionId connection) override { witness->gone.push_back(connection); }
  void persisted(std::uint64_t batch, LocalTime) override {
    witness->persisted.push_back(batch);
    effects_.replies.push_back(waiting_.at(batch));
  }
  Effects take_effects() override { return std::exchange(effects_, Effects{}); }
  std::int64_t next_deadline() const override { return deadline_; }
  ReplicaStatus status() const override { return {.role = "replica", .last_index = records_}; }

 private:
  ReplicaConfig config_;
  std::int64_t deadline_;
  std::size_t records_ = 0;
  std::uint64_t batch_ = 0;
  std::map<std::uint64_t, ClientReply> waiting_;
  Effects effects_;
};

const std::vector<ProtocolPlugin::Bug>& no_bugs() {
  static const std::vector<ProtocolPlugin::Bug> none;
  return none;
}
std::unique_ptr<Replica> make_record_replica(const ReplicaConfig& config, const StorageReader& storage,
                                             LocalTime now) {
  return std::make_unique<RecordReplica>(config, storage, now);
}
constexpr ProtocolPlugin kRecordPlugin = {.mode = "record", .bugs = no_bugs, .make = make_record_replica};

struct Caller : sim::ClientSide {
  std::vector<std::string> replies;
  bool open = false;
  void connection_opened(NodeId) override { open = true; }
  void connection_ended(NodeId, bool) override { open = false; }
  void connection_data(NodeId, std::string payload) override { replies.push_back(std::move(payload)); }
};

struct NodeTest : testing::Test, sim::ProcessHost, sim::DatagramReceiver, sim::ServerSide, sim::DiskListener {
  static constexpr int kNodes = 3;
  Witness seen;
  sim::Simulator simulator;
  sim::SimProcesses processes{simulator, kNodes};
  sim::SimNetwork network{
      simulator, processes, kNodes, {.loss_ppm = 0, .duplicate_ppm = 0, .reorder_ppm = 0}, Rng(1)};
  sim::SimConnections connections{simulator, processes, {}, Rng(2)};
  sim::SimClocks clocks{simulator, kNodes, {}, Rng(3)};
  std::vector<std::unique_ptr<SimNode>> nodes;
  Caller caller;

  NodeTest() {
    witness = &seen;
    processes.set_host(this);
    network.set_receiver(this);
    connections.set_server(this);
    for (PeerId node = 0; node < kNodes; ++node) {
      ReplicaConfig config;
      config.self = node;
      config.cluster_size = kNodes;
      config.seed = node;
      nodes.push_back(
          std::make_unique<SimNode>(SimMachines{simulator, processes, network, connections, clocks},
                                    kRecordPlugin, config, sim::DiskConfig{.slow_fsync_ppm = 0}, Rng(4)));
      nodes.back()->disk().set_listener(this);
    }
    for (NodeId node = 0; node < kNodes; ++node) processes.start(node);
  }
  SimNode& node(NodeId id) { return *nodes[static_cast<std::size_t>(id)]; }
  void process_started(NodeId id) override { node(id).boot(); }
  void process_ended(NodeId id) override {
    node(id).end();
    connections.node_down(id);
  }
  void datagram(NodeId to, NodeId from, std::string payload) override {
    node(to).datagram(static_cast<PeerId>(from), payload);
  }
  void request_data(NodeId id, sim::ConnectionId connection, std::string payload) override {
    node(id).request(connection, payload);
  }
  void connection_gone(NodeId id, sim::ConnectionId connection) override {
    node(id).connection_gone(connection);
  }
  void batch_persisted(NodeId id, std::uint64_t batch) override { node(id).persisted(batch); }
  void disk_failed(NodeId, const std::string& reason) override { ADD_FAILURE() << reason; }
  void run(Nanos duration) { simulator.run_until(simulator.now() + duration); }
};

TEST_F(NodeTest, TicksAreNeverEarlyAndAtMostANanosecondLate) {
  run(10 * kSecond);
  EXPECT_NEAR(static_cast<double>(seen.tick_lateness.size()), 3'000, 10);
  for (const std::int64_t lateness : seen.tick_lateness) {
    EXPECT_GE(lateness, 0);
    EXPECT_LE(lateness, 1);
  }
}

TEST_F(NodeTest, RepliesWaitForTheDiskAndMessagesDoNot) {
  const sim::ConnectionId connection = connections.open(&caller, 0);
  run(kSecond);
  ASSERT_TRUE(caller.open);
  connections.send_to_node(connection, "a");
  connections.send_to_node(connection, "b");
  run(kSecond);
  EXPECT_EQ(caller.replies, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(seen.persisted, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(seen.gossip.size(), 4u);
  EXPECT_EQ(node(0).disk().content().size(), 2u);
}

TEST_F(NodeTest, AReplyForAGoneConnectionIsDropped) {
  const sim::ConnectionId connection = connections.open(&caller, 0);
  run(kSecond);
  connections.send_to_node(connection, "a");
  connections.close(connection);
  run(kSecond);
  EXPECT_TRUE(caller.replies.empty());
  EXPECT_EQ(seen.persisted.size(), 1u);
  EXPECT_EQ(seen.gone, (std::vector<ConnectionId>{connection}));
}

TEST_F(NodeTest, APausedNodeDoesNothingUntilItsResume) {
  const sim::ConnectionId connection = connections.open(&caller, 0);
  run(kSecond);
  processes.pause(0);
  connections.send_to_node(connection, "a");
  seen.tick_lateness.clear();
  run(3 * kSecond);
  EXPECT_TRUE(caller.replies.empty());
  EXPECT_TRUE(seen.gossip.empty());
  processes.resume(0);
  run(kSecond);
  EXPECT_EQ(caller.replies, (std::vector<std::string>{"a"}));
  // Its clock went on: the tick that was due came three seconds late.
  EXPECT_GT(*std::max_element(seen.tick_lateness.begin(), seen.tick_lateness.end()), 2 * kSecond);
}

TEST_F(NodeTest, ARestartedNodeHasItsRecordsAndANewSeed) {
  const sim::ConnectionId connection = connections.open(&caller, 0);
  run(kSecond);
  for (int i = 0; i < 5; ++i) connections.send_to_node(connection, std::to_string(i));
  run(kSecond);
  processes.kill(0);
  EXPECT_FALSE(node(0).status().has_value());
  run(kSecond);
  EXPECT_FALSE(caller.open);
  processes.start(0);
  EXPECT_EQ(node(0).status()->last_index, 5u);
  EXPECT_NE(seen.seeds.back(), seen.seeds.front());
  run(kSecond);
  EXPECT_EQ(caller.replies.size(), 5u);
}

// Acknowledged with fsync: never lost. Acknowledged without: some power failure loses it.
TEST_F(NodeTest, PowerLossTakesOnlyWhatWasNotSynced) {
  for (const bool sync : {true, false}) {
    seen.sync = sync;
    int lost = 0;
    for (int round = 0; round < 100; ++round) {
      if (processes.state(0) == Processes::State::dead) processes.start(0);
      const std::size_t before = seen.records_at_start.back();
      caller.replies.clear();
      const sim::ConnectionId connection = connections.open(&caller, 0);
      run(20 * kMillisecond);
      const std::string prefix = std::to_string(sync) + "-" + std::to_string(round) + "-";
      for (int i = 0; i < 10; ++i) connections.send_to_node(connection, prefix + std::to_string(i));
      run(kMillisecond + (round % 20) * 100 * kMicrosecond);
      processes.kill(0);
      run(50 * kMillisecond);
      node(0).disk().power_lost();
      processes.start(0);
      if (seen.records_at_start.back() < before + caller.replies.size()) ++lost;
    }
    if (sync) {
      EXPECT_EQ(lost, 0);
    } else {
      EXPECT_GT(lost, 10);
    }
  }
}

}  // namespace
}  // namespace assay::refdb
