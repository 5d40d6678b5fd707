#include "harness/gate/sensitivity.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/assert.h"
#include "harness/core/rng.h"

namespace assay::gate {

namespace {

constexpr std::array<double, 9> kEffects = {0.03, 0.05, 0.075, 0.10, 0.15, 0.20, 0.30, 0.50, 1.00};
constexpr int kEffectComparisonsMax = 60;  // enough to tell 85 % from much less

std::vector<BlockPair> renamed(std::vector<BlockPair> pairs, Rng rng) {
  for (BlockPair& pair : pairs) {
    if (rng.chance(1, 2)) std::swap(pair.baseline, pair.candidate);
  }
  return pairs;
}

GateVerdict verdict_of(const Decision& decision, GatedMetric metric) {
  for (const MetricDecision& candidate : decision.metrics) {
    if (candidate.metric == metric) return candidate.verdict;
  }
  return GateVerdict::inconclusive;
}

double share_caught(const std::vector<BlockPair>& pairs, const Options& options, GatedMetric metric,
                    double effect, int comparisons) {
  int caught = 0;
  for (int i = 0; i < comparisons; ++i) {
    std::vector<BlockPair> slower =
        renamed(pairs, Rng(options.seed).fork("effect", static_cast<std::uint64_t>(i)));
    for (BlockPair& pair : slower) pair = slowed(pair, metric, effect);
    Options again = options;
    again.seed = options.seed + static_cast<std::uint64_t>(i);
    if (verdict_of(decide_in_looks(slower, again).decision, metric) == GateVerdict::regressed) ++caught;
  }
  return static_cast<double>(caught) / comparisons;
}

}  // namespace

BlockPair slowed(BlockPair pair, GatedMetric metric, double effect) {
  BlockSample& sample = pair.candidate;
  if (metric == GatedMetric::throughput) sample.throughput /= 1 + effect;
  if (metric == GatedMetric::p50 && sample.p50 > 0) sample.p50 *= 1 + effect;
  if (metric == GatedMetric::p99 && sample.p99 > 0) sample.p99 *= 1 + effect;
  return pair;
}

BlockPair slowed(BlockPair pair, double effect) {
  for (const GatedMetric metric : {GatedMetric::throughput, GatedMetric::p50, GatedMetric::p99}) {
    pair = slowed(pair, metric, effect);
  }
  return pair;
}

SelfTest self_test(const std::vector<BlockPair>& pairs, const Options& options, int comparisons) {
  ASSAY_ASSERT(pairs.size() >= static_cast<std::size_t>(options.pairs_per_look));
  SelfTest result;
  result.comparisons = comparisons;
  result.direct = decide_in_looks(pairs, options);
  for (int i = 0; i < comparisons; ++i) {
    Options again = options;
    again.seed = options.seed + static_cast<std::uint64_t>(i);
    const auto drawn = renamed(pairs, Rng(options.seed).fork("names", static_cast<std::uint64_t>(i)));
    const GateVerdict verdict = decide_in_looks(drawn, again).decision.verdict;
    if (verdict == GateVerdict::regressed) ++result.false_alarms;
    if (verdict == GateVerdict::pass) ++result.passes;
    if (verdict == GateVerdict::inconclusive) ++result.inconclusive;
  }
  for (const GatedMetric metric : options.metrics) {
    DetectableEffect found{metric, {}, 0};
    for (const double effect : kEffects) {
      found.caught =
          share_caught(pairs, options, metric, effect, std::min(comparisons, kEffectComparisonsMax));
      if (found.caught < kCaughtMin) continue;
      found.effect = effect;
      break;
    }
    result.effects.push_back(found);
  }
  return result;
}

}  // namespace assay::gate
