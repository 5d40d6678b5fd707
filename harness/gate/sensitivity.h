// What the gate can tell on this machine: from pairs of blocks of the same program on both sides, how often it would raise a
// false alarm, and the smallest slowdown that it would catch.
//
// The pairs are used again and again: which block of a pair is called the candidate's is drawn anew for each comparison (under
// the same program both names are as good), so that the noise is the machine's own, with its tails and its memory. What the
// names can't show, a lasting difference between the two clusters, the direct comparison shows.
//
// Thread safety: pure. Complexity: O(comparisons * looks * replicates * pairs), once for each effect tried.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/gate/decide.h"

namespace assay::gate {

struct DetectableEffect {
  GatedMetric metric = GatedMetric::throughput;
  // The candidate's cost times 1 + effect; none: not even the greatest one that was tried.
  std::optional<double> effect;
  double caught =
      0;  // the share that was caught at that effect (at the greatest one tried when there is none)
};

struct SelfTest {
  int comparisons = 0;
  int false_alarms = 0;
  int passes = 0;
  int inconclusive = 0;
  SequentialDecision direct;  // the two clusters as they are
  std::vector<DetectableEffect> effects;
};

inline constexpr double kCaughtMin = 0.85;

// Requires: at least options.pairs_per_look pairs.
SelfTest self_test(const std::vector<BlockPair>& pairs, const Options& options, int comparisons);

// The pair with its candidate's figure made worse: a throughput divided by 1 + effect, a latency multiplied with it.
BlockPair slowed(BlockPair pair, GatedMetric metric, double effect);
// A slowdown of the whole program: all three figures.
BlockPair slowed(BlockPair pair, double effect);

}  // namespace assay::gate
