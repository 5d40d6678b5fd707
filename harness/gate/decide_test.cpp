#include "harness/gate/decide.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/gate/bootstrap.h"
#include "harness/gate/testing/noise.h"

namespace assay::gate {
namespace {

using testing::Noise;
using testing::NoisyMachine;

struct Tally {
  int pass = 0, regressed = 0, inconclusive = 0;
};

Tally tally(const Noise& noise, int trials, const Options& options) {
  Tally result;
  const auto most = static_cast<std::size_t>(options.pairs_per_look * options.looks_max);
  for (int trial = 0; trial < trials; ++trial) {
    Options own = options;
    own.seed = static_cast<std::uint64_t>(trial) + 1;
    const auto decided = decide_in_looks(NoisyMachine(noise, own.seed).pairs(most), own);
    if (decided.decision.verdict == GateVerdict::pass) ++result.pass;
    if (decided.decision.verdict == GateVerdict::regressed) ++result.regressed;
    if (decided.decision.verdict == GateVerdict::inconclusive) ++result.inconclusive;
  }
  return result;
}

Options quick() {
  Options options;
  options.replicates = 800;
  return options;
}

std::vector<Noise> machines() {
  Noise quiet, heavy, drifting, waving;
  heavy.disturbed = 0.3;
  heavy.disturbance = 0.2;
  heavy.jitter = 0.04;
  drifting.drift = 0.3;
  waving.wave = 0.1;
  waving.wave_keeps = 0.97;
  return {quiet, heavy, drifting, waving};
}

TEST(GateDecision, TheSameProgramRaisesAlmostNoAlarm) {
  for (const Noise& noise : machines()) {
    const Tally result = tally(noise, 500, quick());
    EXPECT_LE(result.regressed, 10) << "disturbed " << noise.disturbed << " wave " << noise.wave;
    EXPECT_GE(result.pass, 250) << "disturbed " << noise.disturbed << " wave " << noise.wave;
  }
}

TEST(GateDecision, ATenthLessThroughputIsCaught) {
  Options once = quick();
  once.looks_max = 1;  // 80 blocks, 40 of each, and no more
  for (Noise noise : machines()) {
    noise.effect = 1 / 0.9 - 1;
    const Tally result = tally(noise, 100, once);
    EXPECT_GE(result.regressed, 85) << "disturbed " << noise.disturbed << " wave " << noise.wave;
    EXPECT_EQ(result.pass, 0);
  }
}

TEST(GateDecision, WithinTheMarginIsNoRegression) {
  Noise noise;
  noise.effect = 0.02;
  EXPECT_LE(tally(noise, 100, quick()).regressed, 2);
}

TEST(GateDecision, EqualSamplesPass) {
  std::vector<BlockPair> pairs = NoisyMachine({}, 1).pairs(40);
  for (BlockPair& pair : pairs) pair.candidate = pair.baseline;
  const Decision decision = decide(pairs, {}, 1);
  EXPECT_EQ(decision.verdict, GateVerdict::pass);
  ASSERT_EQ(decision.metrics.size(), 3u);
  for (const MetricDecision& metric : decision.metrics) {
    for (const RatioEstimate& estimate : metric.estimates) EXPECT_DOUBLE_EQ(estimate.ratio, 1);
  }
}

TEST(GateDecision, MissingFiguresAreInconclusive) {
  std::vector<BlockPair> pairs = NoisyMachine({}, 1).pairs(40);
  for (const std::size_t pair : {1, 7, 8, 20, 39}) pairs[pair].candidate.p99 = -1;
  const Decision decision = decide(pairs, {}, 1);
  EXPECT_EQ(decision.verdict, GateVerdict::inconclusive);
  EXPECT_EQ(decision.metrics[2].reason,
            "5 of 40 pairs of blocks had too few operations (a p99 takes 200 a block)");
  EXPECT_TRUE(decision.metrics[2].estimates.empty());
}

// A block in which the machine stood still has no figures; it must not take the answer away, nor may it hide that one side is
// slower.
TEST(GateDecision, AStandstillDecidesNothing) {
  const auto stand_still = [](BlockSample& block) { block.throughput = block.p50 = block.p99 = -1; };
  for (const bool slower : {false, true}) {
    Noise noise;
    noise.effect = slower ? 0.3 : 0;
    std::vector<BlockPair> pairs = NoisyMachine(noise, 1).pairs(40);
    stand_still(pairs[3].baseline);
    stand_still(pairs[11].candidate);
    const Decision decision = decide(pairs, {}, 1);
    for (const MetricDecision& metric : decision.metrics) {
      EXPECT_EQ(metric.verdict, slower ? GateVerdict::regressed : GateVerdict::pass) << metric.reason;
    }
  }
}

TEST(GateDecision, MissingFiguresOfTheCandidateCountAgainstIt) {
  std::vector<BlockPair> pairs = NoisyMachine({}, 1).pairs(40);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    // The lower half of the pairs is a little better, so that four of forty decide where the middle lies.
    pairs[i].candidate.p50 = pairs[i].baseline.p50 * (i < 22 ? 0.99 : 1.2);
  }
  const auto median = [&] { return decide(pairs, {}, 1).metrics[1].estimates[0].ratio; };
  EXPECT_LT(median(), 1);
  for (std::size_t i = 0; i < 4; ++i) pairs[i].candidate.p50 = -1;
  EXPECT_GT(median(), 1);
}

TEST(GateDecision, EachMetricIsNamedThatBecameWorse) {
  std::vector<BlockPair> pairs = NoisyMachine({}, 3).pairs(40);
  for (BlockPair& pair : pairs) pair.candidate.p99 *= 1.5;
  const Decision decision = decide(pairs, {}, 1);
  EXPECT_EQ(decision.verdict, GateVerdict::regressed);
  EXPECT_EQ(decision.metrics[0].verdict, GateVerdict::pass);
  EXPECT_EQ(decision.metrics[1].verdict, GateVerdict::pass);
  EXPECT_EQ(decision.metrics[2].verdict, GateVerdict::regressed);
  ASSERT_EQ(decision.metrics[2].estimates.size(), 2u);
  EXPECT_GT(decision.metrics[2].estimates[1].low, 1.3);
}

TEST(GateDecision, P99TakesBothEstimates) {
  // Only the bad moments are worse; the calmest tenth is as before.
  std::vector<BlockPair> pairs = NoisyMachine({}, 3).pairs(40);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].baseline.p99 = 5e6 + static_cast<double>(i);
    pairs[i].candidate.p99 = i < 8 ? pairs[i].baseline.p99 : 8e6;
  }
  EXPECT_EQ(decide(pairs, {}, 1).metrics[2].verdict, GateVerdict::inconclusive);
}

TEST(GateDecision, LooksShareTheLevel) {
  Options one, three;
  one.looks_max = 1;
  const auto pairs = NoisyMachine({}, 5).pairs(40);
  const auto width = [&](const Options& options) {
    const RatioEstimate estimate = decide(pairs, options, 1).metrics[1].estimates[0];
    return estimate.high - estimate.low;
  };
  EXPECT_LT(width(one), width(three));
}

// The clearest of three metrics is held to a third of the level (Holm), as if it were the only one that is true by chance.
TEST(GateDecision, MetricsShareTheLevel) {
  std::vector<BlockPair> pairs = NoisyMachine({}, 5).pairs(40);
  for (BlockPair& pair : pairs) pair.candidate.p50 *= 1.5;
  Options alone;
  alone.metrics = {GatedMetric::p50};
  const RatioEstimate of_one = decide(pairs, alone, 1).metrics[0].estimates[0];
  const RatioEstimate of_three = decide(pairs, {}, 1).metrics[1].estimates[0];
  EXPECT_LT(of_three.low, of_one.low);
  EXPECT_GT(of_three.high, of_one.high);
}

TEST(GateDecision, SameSeedSameAnswer) {
  const auto pairs = NoisyMachine({}, 5).pairs(40);
  const auto ends = [&](std::uint64_t seed) {
    Options options;
    options.seed = seed;
    const RatioEstimate estimate = decide(pairs, options, 1).metrics[0].estimates[0];
    return std::pair(estimate.low, estimate.high);
  };
  EXPECT_EQ(ends(1), ends(1));
  EXPECT_NE(ends(1), ends(2));
}

TEST(GateDecision, LooksAgainOnlyWhenItIsOpen) {
  Noise noise;
  const auto pairs = NoisyMachine(noise, 1).pairs(120);
  EXPECT_EQ(decide_in_looks(pairs, {}).looks, 1);
  noise.jitter = 0.5;
  const auto noisy = NoisyMachine(noise, 1).pairs(120);
  EXPECT_EQ(decide_in_looks(noisy, {}).looks, 3);
}

TEST(GateBootstrap, EstimatesWhatIsThere) {
  // Costs 1 to 40 against the same times 1.2, in another order.
  std::vector<CostPair> pairs;
  for (int i = 0; i < 40; ++i) pairs.push_back({1.0 + i, 1.2 * (1.0 + i)});
  const Distributions found = estimate_ratios(pairs, Resampling(40, 500, Rng(1)));
  EXPECT_NEAR(std::exp(found.calmest.estimate), 1.2, 1e-9);
  EXPECT_NEAR(std::exp(found.median.estimate), 1.2, 1e-9);
  EXPECT_NEAR(std::exp(found.median.quantile(0.01)), 1.2, 1e-9) << "every pair says the same";
  EXPECT_LT(found.calmest.p_value(), 0.01);
}

TEST(GateBootstrap, EveryPairIsDrawnAboutAsOften) {
  const Resampling resampling(40, 2000, Rng(1));
  std::vector<int> drawn(40, 0);
  for (std::size_t i = 0; i < resampling.size(); ++i) {
    int total = 0;
    for (std::size_t pair = 0; pair < 40; ++pair) {
      drawn[pair] += resampling.draw(i)[pair];
      total += resampling.draw(i)[pair];
    }
    ASSERT_EQ(total, 40);
  }
  for (const int count : drawn) EXPECT_NEAR(count, 2000, 250);
}

}  // namespace
}  // namespace assay::gate
