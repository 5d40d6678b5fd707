// Mode single-leader from end to end in the simulated world: clients count up registers of their own and read them back, while
// faults come and go. A client knows what its register may hold, so every read is judged.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/simulated/make_simulated.h"
#include "targets/refdb/simulated/sim_target.h"

namespace assay::refdb {
namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<SimTarget> make_target(std::uint64_t seed, int nodes, const Texts& options,
                                       std::int64_t kept = 60) {
  Plan plan;
  plan.mode = "single-leader";
  plan.seed = seed;
  plan.nodes = nodes;
  plan.options.push_back({"log_entries_kept", Value(kept)});
  for (const auto& [name, value] : options) plan.options.push_back({name, Value::text(value)});
  std::unique_ptr<Target> target = make_simulated(plan);
  return std::unique_ptr<SimTarget>(static_cast<SimTarget*>(target.release()));
}

// One session that counts up a register of its own, as fast as answers come.
class Session {
 public:
  Session(SimTarget& target, Key key) : target_(target), key_(key) { connect(); }

  void step() {
    if (busy_) return;
    busy_ = true;
    const bool write = ++steps_ % 2 == 1;
    Mop mop{write ? Fn::write : Fn::read, key_, write ? Value(++last_tried_) : Value(), Value()};
    client_->invoke({mop}, kSecond, [this](const Completion& completion) { finish(completion); });
  }

  int ok = 0;
  int went_back = 0;

 private:
  void connect() {
    const auto node = static_cast<NodeId>(static_cast<std::size_t>(key_) % target_.node_names().size());
    client_ = target_.connect(node, static_cast<ProcessId>(key_ + 100 * ++connects_));
  }
  void finish(const Completion& completion) {
    busy_ = false;
    const Mop& mop = completion.mops.at(0);
    if (completion.outcome == Outcome::info) connect();
    if (completion.outcome != Outcome::ok) return;
    ++ok;
    const std::int64_t seen = mop.fn == Fn::write   ? mop.argument.as_integer()
                              : mop.result.is_nil() ? 0
                                                    : mop.result.as_integer();
    went_back += seen < lowest_ ? 1 : 0;
    lowest_ = std::max(lowest_, seen);
  }

  SimTarget& target_;
  Key key_;
  std::unique_ptr<Client> client_;
  ProcessId connects_ = 0;
  int steps_ = 0;
  bool busy_ = false;
  std::int64_t last_tried_ = 0;
  std::int64_t lowest_ = 0;
};

class Cluster {
 public:
  explicit Cluster(std::unique_ptr<SimTarget> made, int sessions = 4) : target(std::move(made)) {
    target->start();
    for (Key key = 0; key < sessions; ++key) all.push_back(std::make_unique<Session>(*target, key));
  }
  ~Cluster() { all.clear(); }

  void run(Nanos duration) {
    const Nanos end = target->world().now() + duration;
    while (target->world().now() < end) {
      for (const auto& session : all) session->step();
      target->world().wait(std::min(end, target->world().now() + 10 * kMillisecond));
    }
  }
  int ok() const {
    int sum = 0;
    for (const auto& session : all) sum += session->ok;
    return sum;
  }
  int went_back() const {
    int sum = 0;
    for (const auto& session : all) sum += session->went_back;
    return sum;
  }
  std::int64_t counter(const std::string& name) const {
    std::int64_t sum = 0;
    for (NodeId node = 0; node < static_cast<NodeId>(target->node_names().size()); ++node) {
      const auto status = target->status(node);
      if (!status) continue;
      for (const auto& [each, value] : status->counters) sum += each == name ? value : 0;
    }
    return sum;
  }
  void cut_off(NodeId node) {
    std::vector<Link> links;
    for (NodeId other = 0; other < static_cast<NodeId>(target->node_names().size()); ++other) {
      if (other != node) links.insert(links.end(), {{node, other}, {other, node}});
    }
    target->network()->cut(links);
  }
  void agree() {
    run(3 * kSecond);
    const auto leader = target->leader();
    ASSERT_TRUE(leader.has_value());
    for (NodeId node = 0; node < static_cast<NodeId>(target->node_names().size()); ++node) {
      EXPECT_GE(target->status(node)->applied_index + 50, target->status(*leader)->applied_index) << node;
    }
  }

  std::unique_ptr<SimTarget> target;
  std::vector<std::unique_ptr<Session>> all;
};

std::function<void()> random_fault(Cluster& cluster, Rng& rng) {
  SimTarget& target = *cluster.target;
  const auto node = static_cast<NodeId>(rng.below(target.node_names().size()));
  switch (rng.below(5)) {
    case 0:
      cluster.cut_off(node);
      return [&target] { target.network()->heal(); };
    case 1:
      target.processes()->kill(node);
      break;
    case 2:
      target.processes()->pause(node);
      return [&target, node] { target.processes()->resume(node); };
    case 3:
      target.clocks()->strobe(node, 400 * kMillisecond, 20 * kMillisecond);
      return [&target, node] { target.clocks()->set_offset(node, 0); };
    default:
      EXPECT_TRUE(target.disks()->power_loss(node).proved);
  }
  return [&target, node] { target.processes()->start(node); };
}

struct Case {
  const char* name;
  Texts options;
};

const Case kConsistent[] = {
    {"Quorum", {}},
    {"QuorumLease", {{"protection", "lease"}}},
    {"SyncAll", {{"replication", "sync-all"}}},
    {"SessionPosition", {{"read-from", "session-position"}, {"apply-delay", "20ms"}}},
    {"MinPosition", {{"read-from", "min-position"}, {"apply-delay", "20ms"}}},
    {"CausalShards", {{"read-from", "causal"}, {"shards", "3"}}},
    {"Phi", {{"detector", "phi"}}},
    {"Statements", {{"log-format", "statement"}}},
    {"Rows", {{"log-format", "wal"}}},
};

class SingleLeaderUnderFaults : public testing::TestWithParam<Case> {};

TEST_P(SingleLeaderUnderFaults, SessionsNeverGoBackAndTheClusterRecovers) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Cluster cluster(make_target(seed, 5, GetParam().options));
    Rng rng(seed);
    for (int i = 0; i < 12; ++i) {
      const std::function<void()> heal = random_fault(cluster, rng);
      cluster.run(rng.between(300, 1500) * kMillisecond);
      heal();
      cluster.run(rng.between(100, 900) * kMillisecond);
    }
    const int before = cluster.ok();
    cluster.agree();
    EXPECT_GT(cluster.ok(), before + 100) << "seed " << seed;
    EXPECT_EQ(cluster.went_back(), 0) << "seed " << seed;
    EXPECT_EQ(cluster.counter("acknowledged_discarded"), 0) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(All, SingleLeaderUnderFaults, testing::ValuesIn(kConsistent),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(SingleLeader, OneSeedGivesOneRun) {
  const auto digest = [] {
    Cluster cluster(make_target(3, 5, {{"detector", "phi"}, {"read-from", "least-lagged"}}));
    cluster.target->processes()->kill(*cluster.target->leader());
    cluster.run(5 * kSecond);
    return std::pair(cluster.target->event_digest(), cluster.ok());
  };
  EXPECT_EQ(digest(), digest());
}

TEST(SingleLeader, AnAsynchronousLeaderThatIsCutOffLosesWhatItAcknowledged) {
  for (const std::int64_t kept : {60, 100'000}) {  // by a snapshot, by the log
    Cluster cluster(make_target(1, 5, {{"replication", "async"}, {"protection", "none"}}, kept));
    cluster.run(kSecond);
    const NodeId old = *cluster.target->leader();
    cluster.cut_off(old);
    cluster.run(4 * kSecond);
    EXPECT_NE(*cluster.target->leader(), old);
    EXPECT_EQ(cluster.target->status(old)->role, "leader");
    cluster.target->network()->heal();
    cluster.agree();
    EXPECT_GT(cluster.counter("acknowledged_discarded"), 20) << kept;
    EXPECT_GT(cluster.counter("split_brain_acks"), 20) << kept;
    EXPECT_GE(cluster.counter("entries_discarded"), cluster.counter("acknowledged_discarded")) << kept;
    EXPECT_EQ(cluster.counter("stepped_down"), 1);
  }
}

TEST(SingleLeader, ALeaseOrAMajorityStopsALeaderThatIsCutOff) {
  for (const char* protection : {"lease", "quorum"}) {
    Cluster cluster(make_target(2, 5, {{"replication", "async"}, {"protection", protection}}));
    cluster.run(kSecond);
    cluster.cut_off(*cluster.target->leader());
    cluster.run(4 * kSecond);
    EXPECT_GT(cluster.counter("not_accepting"), 0) << protection;
    cluster.target->network()->heal();
    cluster.agree();
    EXPECT_EQ(cluster.counter("split_brain_acks"), 0) << protection;
  }
}

TEST(SingleLeader, AnotherFollowerBecomesSynchronous) {
  Cluster cluster(make_target(4, 5, {{"replication", "semi-sync"}, {"protection", "fencing-token"}}));
  cluster.run(kSecond);
  const std::vector<NodeId> first = cluster.target->nodes_in_role("sync-follower");
  ASSERT_EQ(first.size(), 1u);
  cluster.target->processes()->kill(first[0]);
  cluster.run(2 * kSecond);
  const std::vector<NodeId> second = cluster.target->nodes_in_role("sync-follower");
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(first, second);
  const NodeId leader = *cluster.target->leader();
  cluster.target->processes()->kill(leader);
  cluster.run(3 * kSecond);
  EXPECT_EQ(cluster.went_back(), 0);
  cluster.target->processes()->start(leader);
  cluster.target->processes()->start(first[0]);
  cluster.agree();
  EXPECT_EQ(cluster.went_back(), 0);
}

TEST(SingleLeader, AFollowerThatMissedTheLogInstallsASnapshotWhileWritesGoOn) {
  Cluster cluster(make_target(5, 3, {}));
  const auto away = static_cast<NodeId>((*cluster.target->leader() + 1) % 3);
  cluster.target->processes()->kill(away);
  cluster.run(3 * kSecond);
  cluster.target->processes()->start(away);
  cluster.agree();
  EXPECT_GE(cluster.counter("snapshots_installed"), 1);
}

TEST(SingleLeader, FollowerReadsAreStaleAndPoliciesAreNot) {
  const auto backs = [](const char* policy) {
    Cluster cluster(make_target(6, 5, {{"read-from", policy}, {"apply-delay", "50ms"}}));
    cluster.run(5 * kSecond);
    EXPECT_GT(cluster.ok(), 100) << policy;
    return cluster.went_back();
  };
  EXPECT_GT(backs("any"), 0);
  EXPECT_GT(backs("sticky"), 0) << "a session's follower lags behind the leader that it writes to";
  for (const char* policy : {"leader", "own-writes", "session-position", "min-position", "causal"}) {
    EXPECT_EQ(backs(policy), 0) << policy;
  }
}

}  // namespace
}  // namespace assay::refdb
