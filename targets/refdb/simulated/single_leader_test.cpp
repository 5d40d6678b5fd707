// Mode single-leader from end to end in the simulated world: clients count up registers of their own and read them back, while
// faults come and go. A client knows what its register may hold, so every read is judged.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "targets/refdb/simulated/testing/sessions.h"

namespace assay::refdb {
namespace {

std::unique_ptr<SimTarget> make_target(std::uint64_t seed, int nodes, const OptionTexts& options,
                                       std::int64_t kept = 60) {
  return make_sim_target("single-leader", seed, nodes, options, kept);
}

class Cluster : public SessionCluster {
 public:
  using SessionCluster::SessionCluster;

  void agree() {
    run(3 * kSecond);
    const auto leader = target->leader();
    ASSERT_TRUE(leader.has_value());
    for (NodeId node = 0; node < static_cast<NodeId>(target->node_names().size()); ++node) {
      EXPECT_GE(target->status(node)->applied_index + 50, target->status(*leader)->applied_index) << node;
    }
  }
};

struct Case {
  const char* name;
  OptionTexts options;
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
    cluster.run_with_faults(12, rng);
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
    cut_off(*cluster.target, old);
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
    cut_off(*cluster.target, *cluster.target->leader());
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

// Many moments of the log are noted by position and by time; clocks are set back, leaders change, a follower is new. Each is
// there again while the log reaches back that far, and refused when it does not.
TEST(SingleLeader, AnyMomentWithinTheRetentionIsRestored) {
  for (const char* format : {"logical", "wal"}) {
    const auto target = make_target(5, 3, {{"retention", "30s"}, {"log-format", format}}, 20);
    target->start();
    target->world().run_for(kSecond);
    const std::unique_ptr<Client> client = target->connect(0, 1);
    const auto call = [&](const Mop& mop) {
      std::optional<Completion> answer;
      client->invoke({mop}, 5 * kSecond, [&](Completion completion) { answer = std::move(completion); });
      while (!answer) target->world().wait(target->world().now() + 10 * kMillisecond);
      EXPECT_TRUE(answer->outcome != Outcome::info) << answer->error;
      return answer->outcome == Outcome::ok ? answer->mops[0].result : Value::text("refused");
    };
    std::vector<std::pair<Value, int>> moments;
    const Value too_early = call({Fn::backup, 0, Value::text("time"), {}});
    for (int i = 1; i <= 60; ++i) {
      call({Fn::write, i % 7, Value(i), {}});
      moments.emplace_back(call({Fn::backup, 0, Value::text(i % 2 == 0 ? "time" : "position"), {}}), i);
      if (i == 20) target->clocks()->set_offset(*target->leader(), -10 * kSecond);
      if (i == 40) {
        const NodeId leader = *target->leader();
        target->processes()->kill(leader);
        target->world().run_for(3 * kSecond);
        target->processes()->start(leader);
      }
    }
    for (const std::size_t index : {50, 5, 19, 20, 21, 38, 41, 0, 59}) {
      EXPECT_EQ(call({Fn::restore, 0, moments[index].first, {}}), Value()) << format << " " << index;
      const int last = moments[index].second;
      for (Key key = 0; key < 7; ++key) {
        int expected = 0;
        for (int i = 1; i <= last; ++i) expected = i % 7 == key ? i : expected;
        EXPECT_EQ(call({Fn::read, key, {}, {}}), expected == 0 ? Value() : Value(expected)) << index;
      }
    }
    target->world().run_for(60 * kSecond);
    for (int i = 0; i < 60; ++i) call({Fn::write, 1, Value(i), {}});
    target->world().run_for(5 * kSecond);
    EXPECT_EQ(call({Fn::restore, 0, too_early, {}}), Value::text("refused")) << format;
  }
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
