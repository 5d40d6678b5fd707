// The time line of one object: its invocations and returns in order, and a slot for every operation in
// flight, so that a set of operations in flight fits into a few machine words however long the history is.
//
// Intervals are closed: at equal times, invocations come before returns, so that operations which touch are
// concurrent. An operation without a return (info) has an invocation only, and no slot.
//
// Thread safety: immutable once built. Complexity: O(n log n) time for n operations, about 16 bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/time.h"

namespace assay::checkers {

inline constexpr std::uint32_t kNone = UINT32_MAX;

struct Interval {
  Nanos invoked = 0;
  Nanos completed = kNever;
};

struct Sweep {
  // Twice the operation's index, plus one for its return.
  std::vector<std::uint32_t> events;
  // By operation: its slot while it is in flight; kNone for info operations.
  std::vector<std::uint32_t> slot_of;
  // By operation: the position of its return in `events`; kNone for info operations.
  std::vector<std::uint32_t> return_of;
  std::uint32_t slots = 0;  // the most operations in flight at once

  static std::size_t bytes_for(std::size_t operations) { return operations * (8 + 4 + 4); }
  // While it is built, the returns are sorted.
  static std::size_t scratch_bytes_for(std::size_t operations) { return operations * 16; }
};

// Requires: `intervals` in order of invocation.
Sweep make_sweep(std::span<const Interval> intervals);

}  // namespace assay::checkers
