// Numbers values in order of appearance: by a table where they are integers close together, else by hashing.
//
// Thread safety: none. Memory: 4 bytes a place of the table, which has at most 4 places a value; about 60 bytes a hashed value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "checkers/linearizability/sweep.h"
#include "harness/core/value.h"

namespace assay::checkers {

class ValueNumbers {
 public:
  // The integers among the values lie between low and high; `count` values at most.
  ValueNumbers(std::int64_t low, std::int64_t high, std::size_t count) : low_(low) {
    // Where the integers are dense, a table by value; computed unsigned, as the range may be the whole type.
    const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    if (low <= high && range < 4 * count + 64) dense_.assign(range + 1, kNone);
  }
  std::uint32_t number(const Value& value) {
    if (value.is_nil()) return fresh_or(nil_);
    if (value.is_integer()) {
      const std::uint64_t offset =
          static_cast<std::uint64_t>(value.as_integer()) - static_cast<std::uint64_t>(low_);
      if (offset < dense_.size()) return fresh_or(dense_[offset]);
    }
    return fresh_or(sparse_.try_emplace(value, kNone).first->second);
  }
  std::uint32_t count() const { return next_; }

 private:
  struct Hash {
    std::size_t operator()(const Value& value) const { return value.hash(); }
  };
  std::uint32_t fresh_or(std::uint32_t& number) {
    if (number == kNone) number = next_++;
    return number;
  }
  std::int64_t low_;
  std::uint32_t next_ = 0;
  std::uint32_t nil_ = kNone;
  std::vector<std::uint32_t> dense_;
  std::unordered_map<Value, std::uint32_t, Hash> sparse_;
};

}  // namespace assay::checkers
