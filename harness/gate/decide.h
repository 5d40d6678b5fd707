// Has the candidate become slower? Three answers, from pairs of short blocks: regressed, pass, or inconclusive, which asks for
// more blocks as long as there is a budget of looks.
//
// - Throughput is judged by the calmest tenth of the blocks, the median latency by the median of the pairs' ratios, p99 by both
//   (bootstrap.h).
// - A block with too few operations for a figure (the machine stood still) counts as slower than all others, whichever side it
//   is of; where more than one pair in ten has one, the metric is inconclusive. Both estimates go by rank, so it does not
//   matter how much slower.
// - Regressed: the interval lies above 1 and the estimate above 1 + margin (of every method that judges the metric).
// - Pass: the interval lies below 1 + margin.
// - All looks and all metrics together raise a false alarm with at most the probability of Options::level: each look gets an
//   equal part of it (Bonferroni), which the metrics share by Holm's step-down procedure (Holm 1979).
//
// The same samples and seed give the same answer. Thread safety: pure functions. Complexity: O(replicates * pairs * metrics).
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/gate.h"

namespace assay::gate {

std::vector<GatedMetric> all_metrics();

struct Options {
  std::vector<GatedMetric> metrics = all_metrics();
  double throughput_margin = 0.05;
  double p50_margin = 0.05;
  double p99_margin = 0.15;
  int pairs_per_look = 40;
  int looks_max = 3;
  double level = 0.05;  // two-sided, over all looks and metrics
  std::size_t replicates = 2000;
  std::uint64_t seed = 1;

  double margin(GatedMetric metric) const;
};

// The fewest pairs that a look takes; below, a tenth of the blocks is too few.
inline constexpr int kPairsMin = 40;
// Blocks with fewer operations have no p99; the ratio is of many blocks, so that each needs only a rough one.
inline constexpr std::int64_t kBlockP99OperationsMin = 200;
inline constexpr std::int64_t kBlockOperationsMin = 20;

struct Decision {
  GateVerdict verdict = GateVerdict::inconclusive;
  std::vector<MetricDecision> metrics;  // in the order of the options
};

// What the pairs say at the look with that number (1, 2, 3). Never calls for another look itself.
Decision decide(const std::vector<BlockPair>& pairs, const Options& options, int look);

// Looks again and again at more of the pairs, as the gate does while it measures, until it is decided or nothing is left.
struct SequentialDecision {
  Decision decision;
  int looks = 0;
};
SequentialDecision decide_in_looks(const std::vector<BlockPair>& pairs, const Options& options);

}  // namespace assay::gate
