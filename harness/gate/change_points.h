// Where a series of measurements (one a commit, oldest first) changed: E-divisive, hierarchical divisive estimation by energy
// statistics with a permutation test, seeded. It needs no assumption about the noise but that it does not depend on time
// (Matteson & James, "A nonparametric approach for multiple change point analysis of multivariate data", JASA 2014; in use for
// this very purpose at MongoDB: Daly et al., ICPE 2020).
//
// Thread safety: pure. Complexity: O(n^2) memory and O(changes * permutations * n^2) time; at most kSeriesMax values.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/gate.h"

namespace assay::gate {

struct ChangePointOptions {
  std::size_t segment_min = 5;  // measurements between two changes, at least 2
  int permutations = 199;
  double p_max = 0.05;
  std::uint64_t seed = 1;
};

inline constexpr std::size_t kSeriesMax = 500;

// In rising order of index. Requires: at most kSeriesMax values, all finite.
std::vector<ChangePoint> find_change_points(const std::vector<double>& series,
                                            const ChangePointOptions& options);

}  // namespace assay::gate
