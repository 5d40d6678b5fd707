// How many of the numbers added so far are at most so large, for numbers of a known list (Fenwick 1994).
//
// Thread safety: none. Complexity: log n each. Memory: 12 bytes a number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness/core/operation.h"

namespace assay::checkers {

class Counts {
 public:
  explicit Counts(std::vector<Nanos> numbers) : numbers_(std::move(numbers)), sums_(numbers_.size() + 1, 0) {
    std::sort(numbers_.begin(), numbers_.end());
  }
  // Requires: it is one of the list.
  void add(Nanos number) {
    for (std::size_t at = rank(number); at < sums_.size(); at += at & (~at + 1)) ++sums_[at];
  }
  std::uint32_t up_to(Nanos number) const {
    std::uint32_t sum = 0;
    for (std::size_t at = rank(number); at > 0; at -= at & (~at + 1)) sum += sums_[at];
    return sum;
  }

 private:
  std::size_t rank(Nanos number) const {
    return static_cast<std::size_t>(std::upper_bound(numbers_.begin(), numbers_.end(), number) -
                                    numbers_.begin());
  }

  std::vector<Nanos> numbers_;
  std::vector<std::uint32_t> sums_;
};

}  // namespace assay::checkers
