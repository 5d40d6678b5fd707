// How much slower the candidate is than the baseline, with an interval: two estimates of a ratio from paired blocks, and a
// seeded bootstrap over the pairs.
//
// The median of the pairs' ratios cancels what disturbs both blocks of a pair. The calmest tenth compares the best blocks of
// each side: neighbours on a machine only ever make a block slower, so the best ones say what the program can do (the idea
// behind minimum-of-many timing; Chen & Revels, "Robust benchmarking in noisy environments", 2016). Resampling is by runs of
// neighbouring pairs (the circular block bootstrap; Politis & Romano 1992), because noise lasts longer than a pair.
//
// Ratios are in logarithms: 0 is equal, above 0 is worse. Thread safety: pure functions. Complexity: O(replicates * pairs).
#pragma once

#include <cstddef>
#include <vector>

#include "harness/core/rng.h"

namespace assay::gate {

// The cost of each block of a pair, lower is better: a latency, or one over a throughput. Requires: positive.
struct CostPair {
  double baseline = 1;
  double candidate = 1;
};

// An estimate with its bootstrap distribution, sorted.
struct Distribution {
  double estimate = 0;  // logarithm
  std::vector<double> replicates;

  // The value below which this share of the replicates lies.
  double quantile(double share) const;
  // How often a resampled candidate was no worse: the evidence against "worse".
  double p_value() const;
};

struct Distributions {
  Distribution calmest;
  Distribution median;
};

// One resampling of pairs serves any number of metrics: how often each pair was drawn.
class Resampling {
 public:
  // Requires: pairs >= 1.
  Resampling(std::size_t pairs, std::size_t replicates, Rng rng);
  std::size_t size() const { return draws_.size(); }
  const std::vector<std::uint16_t>& draw(std::size_t replicate) const { return draws_[replicate]; }

 private:
  std::vector<std::vector<std::uint16_t>> draws_;
};

// Requires: as many pairs as the resampling has.
Distributions estimate_ratios(const std::vector<CostPair>& pairs, const Resampling& resampling);

}  // namespace assay::gate
