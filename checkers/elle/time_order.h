// The orders that a history has besides its data: which operation follows in real time, and which in its process.
//
// An operation need not know all that were invoked after its completion, only the first: operations are numbered by
// invocation, so all later ones follow. (Elle keeps the frontier of completed operations instead.)
//
// Thread safety: pure functions. Complexity: linear in operations; a jump takes the logarithm of the operations that an
// operation overlaps.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers::elle {

inline constexpr OpId kNoOp = UINT32_MAX;

// Interval of each operation; a failed one did not happen, and precedes nothing.
struct Times {
  std::vector<Nanos> invoked;
  std::vector<Nanos> completed;  // kNever unless ok

  OpId size() const { return static_cast<OpId>(invoked.size()); }

  // The first operation that was invoked after this one completed; kNoOp when there is none.
  OpId first_after(OpId id) const {
    const Nanos end = completed[id];
    const std::size_t count = invoked.size();
    if (end == kNever) return kNoOp;
    std::size_t low = id, step = 1;  // invoked[low] <= end
    while (low + step < count && invoked[low + step] <= end) {
      low += step;
      step *= 2;
    }
    std::size_t high = low + step < count ? low + step : count;  // the answer is in (low, high]
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      if (invoked[middle] <= end) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high < count ? static_cast<OpId>(high) : kNoOp;
  }
};

}  // namespace assay::checkers::elle
