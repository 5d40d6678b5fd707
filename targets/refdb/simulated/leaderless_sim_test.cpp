// Mode leaderless from end to end in the simulated world, while faults come and go.
#include <gtest/gtest.h>

#include <utility>

#include "targets/refdb/simulated/testing/sessions.h"

namespace assay::refdb {
namespace {

// AddressSanitizer looks for other mistakes than more seeds would.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kSeeds = 1;
#else
constexpr std::uint64_t kSeeds = 2;
#endif

struct LeaderlessCase {
  const char* name;
  OptionTexts options;
};

// Whatever quorums that overlap acknowledged, every later read has.
const LeaderlessCase kAtomic[] = {
    {"NodesCoordinate", {{"timestamps", "quorum"}, {"repair", "before"}}},
    {"ClientsCoordinate", {{"timestamps", "quorum"}, {"repair", "before"}, {"coordinator", "client"}}},
    {"WriteAll", {{"timestamps", "quorum"}, {"repair", "before"}, {"w", "all"}, {"r", "one"}}},
    {"Paxos", {{"cas", "paxos"}}},
};

class LeaderlessUnderFaults : public ::testing::TestWithParam<LeaderlessCase> {};

TEST_P(LeaderlessUnderFaults, SessionsNeverGoBackAndTheClusterRecovers) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SessionCluster cluster(make_sim_target("leaderless", seed, 5, GetParam().options));
    Rng rng(seed);
    cluster.run_with_faults(12, rng);
    const int before = cluster.ok();
    cluster.run(3 * kSecond);
    EXPECT_GT(cluster.ok(), before + 100) << "seed " << seed;
    EXPECT_EQ(cluster.went_back(), 0) << "seed " << seed;
    EXPECT_EQ(cluster.counter("nonsense_dropped"), 0) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LeaderlessUnderFaults, ::testing::ValuesIn(kAtomic),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(LeaderlessSim, OneSeedGivesOneRun) {
  const auto digest = [](std::uint64_t seed) {
    SessionCluster cluster(make_sim_target("leaderless", seed, 5, {{"sloppy", "yes"}}));
    Rng rng(seed);
    cluster.run_with_faults(3, rng);
    return std::pair(cluster.target->event_digest(), cluster.ok());
  };
  EXPECT_EQ(digest(3), digest(3));
  EXPECT_NE(digest(3), digest(4));
}

TEST(LeaderlessSim, QuorumsThatDoNotOverlapGoBack) {
  SessionCluster cluster(make_sim_target(
      "leaderless", 1, 5, {{"r", "one"}, {"w", "one"}, {"repair", "none"}, {"anti-entropy", "1h"}}));
  cut_off(*cluster.target, 1);
  cluster.run(2 * kSecond);
  cluster.target->network()->heal();
  cluster.target->processes()->kill(0);
  cluster.run(2 * kSecond);
  EXPECT_GT(cluster.went_back(), 0);
}

TEST(LeaderlessSim, StandInsKeepWritesGoingAndHandThemOver) {
  for (const bool sloppy : {false, true}) {
    SessionCluster cluster(
        make_sim_target("leaderless", 2, 5, {{"w", "all"}, {"sloppy", sloppy ? "yes" : "no"}}), 5);
    cluster.target->processes()->kill(2);
    cluster.run(3 * kSecond);
    const int before = cluster.ok();
    cluster.run(3 * kSecond);
    EXPECT_EQ(cluster.counter("hints_kept") > 0, sloppy);
    EXPECT_GT(cluster.ok(), before) << "two of the five groups of keys are not held by the node that is away";
    cluster.target->processes()->start(2);
    cluster.run(5 * kSecond);
    EXPECT_EQ(cluster.counter("hints_kept"), 0);
    EXPECT_EQ(cluster.counter("hints_delivered") > 0, sloppy);
  }
}

TEST(LeaderlessSim, DataTypesKeepEveryAdditionThroughAllFaults) {
  const OptionTexts variants[] = {{{"conflicts", "crdt"}, {"n", "4"}},
                                  {{"conflicts", "crdt"}, {"n", "4"}, {"w", "one"}, {"r", "one"}},
                                  {{"conflicts", "crdt"}, {"n", "3"}, {"sloppy", "yes"}}};
  for (const OptionTexts& options : variants) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
      add_under_faults(make_sim_target("leaderless", seed, 4, options), seed);
  }
}

}  // namespace
}  // namespace assay::refdb
