// Session guarantees where the order of versions is known as a number: one pass over the history, a few facts
// for each session and key. Versions are known
//   monotonic  from integer values that only grow (option of the checker), or
//   lists      from reads that return lists of everything appended so far: the longest one orders them.
//
// Thread safety: none. Complexity: linear; for lists in the length of all lists read. Memory: 32 bytes for
// each key of each session that is not retired.
#pragma once

#include "checkers/common/limits.h"
#include "checkers/sessions/guarantees.h"
#include "harness/core/history.h"

namespace assay::checkers {

struct RankedResult {
  SessionViolations violations;
  std::uint64_t reads = 0, writes = 0;  // compared
  std::uint64_t unordered = 0;          // versions of unknown place
  std::vector<OpId> unwritten;          // reads of an element that nobody appended; the first few
};

// Both return false when the budget is spent. `wanted`: bits of guarantees.
bool scan_monotonic(const History& history, unsigned wanted, Limits& limits, RankedResult& result);
bool scan_lists(const History& history, unsigned wanted, Limits& limits, RankedResult& result);

}  // namespace assay::checkers
