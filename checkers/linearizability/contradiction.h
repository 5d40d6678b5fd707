// A contradiction that a model finds by itself, in words of its own: a few operations between two moments that
// cannot be, whatever came before. Alone they are no history that a real object could have made either, so the
// check of the witness agrees; but it is the words that say why.
//
// Thread safety: plain data, pure functions. Complexity: O(n log n) for n operations.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers {

struct Contradiction {
  std::vector<OpId> witness;  // sorted; empty: none was found
  std::string summary;
  std::vector<std::string> steps;
};

// "Operation 3 (process 0: acquire key 1 -> ok)".
std::string operation_text(const History& history, OpId id);

// Requires: ids of one object, which has no linearization; `stuck_at` is an operation that could not be placed
// before it returned, or kNone.
Contradiction contradict_counter(const History& history, std::span<const OpId> ids, std::int64_t start,
                                 OpId stuck_at);
Contradiction contradict_lock(const History& history, std::span<const OpId> ids, bool fenced, OpId stuck_at);

}  // namespace assay::checkers
