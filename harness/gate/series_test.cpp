// What is told of many measurements: changes in a series, the self-test, and two runs side by side.
#include <gtest/gtest.h>

#include "harness/gate/change_points.h"
#include "harness/gate/sensitivity.h"
#include "harness/gate/slices.h"
#include "harness/gate/testing/noise.h"

namespace assay::gate {
namespace {

std::vector<double> steps(const std::vector<std::pair<int, double>>& parts, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> series;
  for (const auto& [length, level] : parts) {
    for (int i = 0; i < length; ++i) series.push_back(level + static_cast<double>(rng.between(-50, 50)) / 10);
  }
  return series;
}

TEST(ChangePoints, AreFoundWhereTheLevelSteps) {
  const auto changes = find_change_points(steps({{30, 100}, {20, 115}, {30, 104}}, 1), {});
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_NEAR(static_cast<double>(changes[0].index), 30, 1);
  EXPECT_NEAR(static_cast<double>(changes[1].index), 50, 1);
  EXPECT_NEAR(changes[0].before, 100, 3);
  EXPECT_NEAR(changes[0].after, 115, 3);
  EXPECT_NEAR(changes[1].after, 104, 3);
  EXPECT_LE(changes[0].p_value, 0.05);
}

TEST(ChangePoints, AreRareInNoiseAlone) {
  int alarms = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    ChangePointOptions options;
    options.seed = seed;
    options.permutations = 99;
    alarms += find_change_points(steps({{40, 100}}, seed), options).empty() ? 0 : 1;
  }
  EXPECT_LE(alarms, 5);
}

TEST(ChangePoints, ShortOrFlatSeriesHaveNone) {
  EXPECT_TRUE(find_change_points({}, {}).empty());
  EXPECT_TRUE(find_change_points({1, 2, 30}, {}).empty());
  EXPECT_TRUE(find_change_points(std::vector<double>(40, 7.0), {}).empty());
}

TEST(GateSelfTest, FindsWhatTheMachineAllows) {
  Options options;
  options.replicates = 400;
  testing::Noise quiet, loud;
  quiet.jitter = 0.01;
  quiet.wave = 0;
  loud.jitter = 0.3;
  const SelfTest calm = self_test(testing::NoisyMachine(quiet, 1).pairs(120), options, 40);
  EXPECT_EQ(calm.comparisons, 40);
  EXPECT_LE(calm.false_alarms, 1);
  EXPECT_EQ(calm.direct.decision.verdict, GateVerdict::pass);
  ASSERT_EQ(calm.effects.size(), 3u);
  ASSERT_TRUE(calm.effects[0].effect);
  EXPECT_LE(*calm.effects[0].effect, 0.10);
  EXPECT_GE(calm.effects[0].caught, kCaughtMin);
  const SelfTest noisy = self_test(testing::NoisyMachine(loud, 1).pairs(120), options, 40);
  EXPECT_GT(noisy.effects[1].effect.value_or(9), *calm.effects[1].effect);
}

// Operations of `latency`, one after another, for a second after a warm-up.
History steady_history(Nanos latency) {
  HistoryBuilder builder;
  FaultEvent mark;
  mark.fault = "phase";
  mark.time = kSecond;
  mark.value = {{"name", Value::text("main")}};
  builder.add_fault(mark);
  mark.time = 2 * kSecond;
  mark.value = {{"name", Value::text("recovery")}};
  for (Nanos at = 0; at < 2 * kSecond; at += latency) {
    Operation op;
    op.outcome = Outcome::ok;
    op.invoked = op.due = at;
    op.completed = at + latency;
    const Mop read = {};
    op.mops = {&read, 1};
    builder.add(op);
  }
  builder.add_fault(mark);
  return builder.build();
}

TEST(Slices, CountFromWhenOperationsWereDue) {
  HistoryBuilder builder;
  for (int i = 0; i < 2000; ++i) {
    const Mop read{Fn::read, 1, {}, {}};
    Operation op;
    op.due = i * kMillisecond;
    op.invoked = op.due + 300 * kMicrosecond;
    op.completed = op.invoked + 100 * kMicrosecond;
    op.outcome = Outcome::ok;
    op.mops = {&read, 1};
    builder.add(op);
  }
  EXPECT_DOUBLE_EQ(slices_of(builder.build(), 2)[0].p50, 4e5);
}

TEST(Slices, CompareTwoRuns) {
  const auto before = slices_of(steady_history(100 * kMicrosecond), kSlices);
  const auto after = slices_of(steady_history(200 * kMicrosecond), kSlices);
  ASSERT_EQ(before.size(), kSlices);
  EXPECT_NEAR(before[3].throughput, 10'000, 1);
  EXPECT_DOUBLE_EQ(before[3].p50, 1e5);
  EXPECT_DOUBLE_EQ(before[3].p99, 1e5);
  const auto ratio = compare_slices(before, after, GatedMetric::throughput, 1);
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(ratio->ratio, 2, 0.01);
  EXPECT_LE(ratio->low, ratio->ratio);
  EXPECT_FALSE(compare_slices(before, slices_of(History(), kSlices), GatedMetric::p50, 1));
}

}  // namespace
}  // namespace assay::gate
