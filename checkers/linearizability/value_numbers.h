// Numbers values in order of appearance: by a table where they are integers close together, else by hashing.
//
// Thread safety: none. Memory: 4 bytes a place of the table, which has at most 4 places a value; about 60
// bytes a hashed value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "checkers/linearizability/sweep.h"
#include "harness/core/value.h"

namespace assay::checkers {

class ValueNumbers {
 public:
  // `count`: how many values to expect at most.
  explicit ValueNumbers(std::size_t count) : places_max_(4 * count + 2 * kBelow) {}

  std::uint32_t number(const Value& value) {
    if (value.is_nil()) return fresh_or(nil_);
    if (value.is_integer()) {
      // Computed unsigned, as the range may be the whole type.
      const auto integer = static_cast<std::uint64_t>(value.as_integer());
      if (dense_.empty()) base_ = integer - kBelow;
      const std::uint64_t place = integer - base_;
      if (place < dense_.size()) return fresh_or(dense_[place]);
      if (place < places_max_) return fresh_or(dense_place(place));
    }
    return fresh_or(sparse_.try_emplace(value, kNone).first->second);
  }
  std::uint32_t count() const { return next_; }

 private:
  // The table begins a little below the first integer: values of concurrent operations come nearly in order.
  static constexpr std::uint64_t kBelow = 4096;

  struct Hash {
    std::size_t operator()(const Value& value) const { return value.hash(); }
  };
  std::uint32_t fresh_or(std::uint32_t& number) {
    if (number == kNone) number = next_++;
    return number;
  }
  std::uint32_t& dense_place(std::uint64_t place) {
    const std::size_t wanted = std::max<std::size_t>({place + 1, 2 * kBelow, 2 * dense_.size()});
    dense_.resize(std::min<std::size_t>(wanted, places_max_), kNone);
    return dense_[place];
  }

  std::uint64_t base_ = 0;
  std::uint64_t places_max_;
  std::uint32_t next_ = 0;
  std::uint32_t nil_ = kNone;
  std::vector<std::uint32_t> dense_;
  std::unordered_map<Value, std::uint32_t, Hash> sparse_;
};

}  // namespace assay::checkers
