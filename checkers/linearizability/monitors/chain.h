// A chain: an object whose state is the number of steps that it has taken. A lock that is acquired and
// released in turns is one, and so is a counter that only grows by one.
//
// Step number k is taken by an operation of lane k modulo the lanes (acquires and releases: two lanes; adds:
// one), by one that is named for it if there is any, else by any of that lane that is named for none. A look
// sees how many steps were taken.
//
// Whether there is a linearization is decided by being as lazy as possible. A step is taken only when some
// operation returns that cannot wait, so nothing is ever done that another order does later. Of the
// operations of a lane that are in flight, the one that returns first goes first (two of them can change
// places in any linearization), and one of unknown outcome goes last: it keeps for later, in the place of the
// one that went instead. Looks cost nothing and are taken when their moment comes. So there is never a choice
// (Gibbons & Korach, "Testing shared memories", SIAM J. Comput. 26, 1997, decide read and write orders that
// are known in the same manner).
//
// Thread safety: pure function. Complexity: O(n log n) time for n operations, about 120 bytes each.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/sweep.h"
#include "harness/core/checker.h"
#include "harness/core/operation.h"

namespace assay::checkers {

struct ChainOp {
  static constexpr std::uint64_t kAnyStep = UINT64_MAX;

  Nanos invoked = 0;
  Nanos completed = kNever;  // kNever: outcome unknown
  OpId id = 0;
  std::uint32_t lane = 0;         // of a step
  std::uint64_t step = kAnyStep;  // a step: which one it is; a look: how many were taken before it
  bool is_look = false;
};

inline constexpr std::size_t kChainBytesPerOperation = sizeof(ChainOp) + 16 + 32 + 24;

struct ChainResult {
  Verdict verdict = Verdict::unknown;  // unknown: the budget is spent
  std::vector<OpId> order;             // valid and asked for
  OpId stuck_at = kNone;               // invalid: what could not be placed before it returned
  std::vector<OpId> conflict;          // invalid: instead, two operations that both took one step
};

// Requires: in order of invocation; operations of unknown outcome are steps, and name none.
ChainResult follow_chain(const std::vector<ChainOp>& ops, std::uint32_t lanes, bool want_order,
                         const Limits& limits);

}  // namespace assay::checkers
