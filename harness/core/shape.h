// What kinds of operations a history has, in numbers: enough to tell which checkers can judge it, and under which model.
//
// Thread safety: pure function. Complexity: linear, one pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/core/history.h"

namespace assay {

struct HistoryShape {
  std::uint64_t operations = 0;    // every outcome
  std::uint64_t ok = 0;            // operations of outcome ok
  std::uint64_t transactions = 0;  // operations of more than one mop, not counting those of outcome fail
  std::array<std::uint64_t, kFnCount> mops{};  // by Fn, of operations that did not fail
  // Reads of outcome ok by what they found; nil is counted nowhere.
  std::uint64_t integer_reads = 0;
  std::uint64_t list_reads = 0;
  // False for a history of sessions whose times order nothing between two processes: a checker that looks at real time
  // is unsuited, or must be told not to. shape_of() can't know; whoever read the history does.
  bool timed = true;

  std::uint64_t count(Fn fn) const { return mops[static_cast<std::size_t>(fn)]; }
  // Whether every mop is one of these.
  template <class... Fns>
  bool only(Fns... fns) const {
    std::uint64_t all = 0;
    for (const std::uint64_t number : mops) all += number;
    return all == (count(fns) + ...);
  }
};

HistoryShape shape_of(const History& history);

}  // namespace assay
