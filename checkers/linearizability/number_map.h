// A flat table from 64-bit keys to numbers, for the memos of searches: open addressing, 12 bytes a place,
// never more than two thirds full. It compares keys themselves, not hashes of them.
//
// Thread safety: none. Memory: charged to the limits; where they do not allow it to grow, it forgets what it
// is given, and the limits are spent. Complexity: constant time on average.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"

namespace assay::checkers {

class NumberMap {
 public:
  static constexpr std::uint32_t kAbsent = UINT32_MAX - 1;

  explicit NumberMap(Limits& limits) : limits_(limits), charge_(limits) {}

  std::uint32_t get(std::uint64_t key) const {
    if (keys_.empty()) return kAbsent;
    return numbers_[place_of(key)];
  }

  // Requires: number != kAbsent.
  void put(std::uint64_t key, std::uint32_t number) {
    if (3 * (count_ + 1) > 2 * keys_.size() && !grow()) return;
    const std::size_t place = place_of(key);
    if (numbers_[place] == kAbsent) ++count_;
    keys_[place] = key;
    numbers_[place] = number;
  }

 private:
  std::size_t place_of(std::uint64_t key) const {
    std::uint64_t hash = key * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
    std::size_t place = hash & (keys_.size() - 1);
    while (numbers_[place] != kAbsent && keys_[place] != key) place = (place + 1) & (keys_.size() - 1);
    return place;
  }

  bool grow() {
    const std::size_t before = keys_.size();
    const std::size_t after = before == 0 ? 64 : 2 * before;
    if (!limits_.fits(after * (sizeof(std::uint64_t) + sizeof(std::uint32_t)))) return false;
    charge_.grow(after * (sizeof(std::uint64_t) + sizeof(std::uint32_t)));
    std::vector<std::uint64_t> keys(after);
    std::vector<std::uint32_t> numbers(after, kAbsent);
    keys.swap(keys_);
    numbers.swap(numbers_);
    for (std::size_t i = 0; i < before; ++i) {
      if (numbers[i] == kAbsent) continue;
      const std::size_t place = place_of(keys[i]);
      keys_[place] = keys[i];
      numbers_[place] = numbers[i];
    }
    charge_.shrink(before * (sizeof(std::uint64_t) + sizeof(std::uint32_t)));
    return true;
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> numbers_;
  std::size_t count_ = 0;
  Limits& limits_;
  Charge charge_;
};

}  // namespace assay::checkers
