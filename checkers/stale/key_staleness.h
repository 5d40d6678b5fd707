// How stale the reads of one register are, given unique writes: in versions, in time, and as the two numbers
// that describe the whole history of a key.
//
// A cluster is a write and its reads; f is when the first of them ended, s when the last of them began. Two
// clusters A and B contradict each other if and only if f(A) < s(B) and f(B) < s(A), and a register is atomic
// if and only if no two do (Gibbons & Korach, "Testing shared memories", SIAM J. Comput. 1997, section 4,
// where f and s bound the zones).
//   delta   the least time by which the beginnings of all reads must be put back to make it atomic (Golab, Li
//           & Shah, "Analyzing consistency properties for fun and profit", PODC 2011): the largest min(s(A) -
//           f(B), s(B) - f(A)) of two that contradict each other. Exact; a sweep in order of f.
//   k       the least number such that some order of all operations has every read return one of the k writes
//           before it (Golab, Hurwitz & Li, "On the k-atomicity-verification problem", ICDCS 2013): see
//           version_order.h. Exact where it is 1 or 2, and for chunks of at most 64 versions as far as a bounded
//           search decides; else k_low is proved by a read with k - 1 writes between its own write and itself
//           in real time, k_high by an order that is made.
//
// Thread safety: pure functions. Units: nanoseconds. Complexity: n log n + c n for at most c
// writes at once.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/stale/version_order.h"
#include "checkers/transactions/register_history.h"

namespace assay::checkers {

struct TimedOp {
  Nanos invoked = 0;
  Nanos completed = 0;  // kNever: info
  OpId id = 0;
  NodeId node = kNoNode;
};

// One key: writes in order of invocation, the initial state first, as a write that ended before time began.
struct KeyRegister {
  struct Read {
    TimedOp op;
    std::uint32_t write = 0;   // index
    std::uint32_t missed = 0;  // versions that were surely written between: set by measure()
    Nanos late = 0;            // since when the first of them had been acknowledged: set by measure()
    std::uint32_t newer = 0;   // that write, if any were missed
  };
  KeyId key = 0;
  std::vector<TimedOp> writes;
  std::vector<Read> reads;  // in order of invocation
};

// Two clusters, by their writes' indices, and the operations that put them in both orders: the first to end
// and the last to begin.
struct ZoneConflict {
  std::uint32_t write_a = 0, write_b = 0;
  OpId first_a = 0, last_a = 0, first_b = 0, last_b = 0;
};

// A version, with its write and the two of its operations that matter for the order; kNobody: the initial one.
struct CrowdMember {
  Version version;
  OpId write = 0, first = 0, last = 0;
};

struct KeyStaleness {
  std::uint32_t k_low = 1;
  std::uint32_t k_high = 1;
  Nanos delta = 0;
  ZoneConflict conflict;           // where delta > 0
  std::vector<CrowdMember> crowd;  // those that have no order for less than k_low, where that is more than 1
};

// Sets what each read missed. False when the budget is spent.
bool measure_reads(KeyRegister& key, const Limits& limits);

// False when the budget is spent. Requires: measure_reads() was called; no read ended before its write began.
bool measure_key(const KeyRegister& key, Limits& limits, KeyStaleness& result);

// The writes of a key as versions, each with its reads.
std::vector<Version> versions_of(const KeyRegister& key);

// A part that has no order for k either; the smallest, unless there are too many to try.
std::vector<CrowdMember> shrink_crowd(std::vector<CrowdMember> crowd, std::uint32_t k, Limits& limits);

}  // namespace assay::checkers
