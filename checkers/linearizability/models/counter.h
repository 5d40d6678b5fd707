// A counter that starts at an integer (0 unless told): add with an integer, which may be negative, and read.
// The result of an add, if it is an integer, is the value after it. A read of nil is a read of nothing added
// yet: 0.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "checkers/linearizability/models/collection.h"

namespace assay::checkers {

struct Counter {
  using State = std::int64_t;
  static constexpr bool kByKey = true;

  State start = 0;

  State initial() const { return start; }
  std::uint64_t hash(const State& state) const {
    return static_cast<std::uint64_t>(state) * 0x9e3779b97f4a7c15u;
  }
  std::optional<State> step(const State& state, const Operation& op) const;
  bool reads_only(const Operation& op) const { return op.mops.front().fn == Fn::read; }
  std::string objection(const Operation& op) const;
};

}  // namespace assay::checkers
