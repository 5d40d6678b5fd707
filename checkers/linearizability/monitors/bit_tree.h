// A set of small numbers that can tell the next one from any number on: words of 64 bits, and words that say
// which of those are not empty, as often as needed.
//
// Thread safety: none. Complexity: three or four words for each call up to 16 million.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/linearizability/sweep.h"

namespace assay::checkers {

class BitTree {
 public:
  explicit BitTree(std::size_t size) {
    do {
      size = (size + 63) / 64;
      levels_.emplace_back(size, 0);
    } while (size > 1);
  }

  void set(std::uint32_t number) {
    for (auto& level : levels_) {
      level[number / 64] |= std::uint64_t{1} << (number % 64);
      number /= 64;
    }
  }

  void clear(std::uint32_t number) {
    for (auto& level : levels_) {
      level[number / 64] &= ~(std::uint64_t{1} << (number % 64));
      if (level[number / 64] != 0) return;
      number /= 64;
    }
  }

  // The least number in the set that is not below, or kNone.
  std::uint32_t next(std::uint32_t number) const {
    for (std::size_t level = 0; level < levels_.size(); ++level, number = number / 64 + 1) {
      if (number / 64 >= levels_[level].size()) return kNone;
      const std::uint64_t word = levels_[level][number / 64] >> (number % 64);
      if (word == 0) continue;
      number += static_cast<std::uint32_t>(std::countr_zero(word));
      while (level-- > 0) {
        number = number * 64 + static_cast<std::uint32_t>(std::countr_zero(levels_[level][number]));
      }
      return number;
    }
    return kNone;
  }

 private:
  std::vector<std::vector<std::uint64_t>> levels_;
};

}  // namespace assay::checkers
