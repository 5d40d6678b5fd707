// Ranks that are drawn with probability proportional to 1 / rank^0.99, rank 1 most often: the skew of YCSB's core workloads
// (Cooper et al., "Benchmarking cloud serving systems with YCSB", SoCC 2010, section 4.1.1). By a table of cumulative
// weights instead of the approximation that YCSB uses (Gray et al., SIGMOD 1994), so that shares are exact, the number of
// items may grow, and draws are integer arithmetic.
//
// Thread safety: none. Complexity: 8 bytes an item; a draw is a binary search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/core/rng.h"

namespace assay::workloads {

class Zipf {
 public:
  // From 0 (most often) to count - 1. Requires: count > 0.
  std::size_t draw(std::size_t count, Rng& rng);

 private:
  std::vector<std::uint64_t> cumulative_;
};

}  // namespace assay::workloads
