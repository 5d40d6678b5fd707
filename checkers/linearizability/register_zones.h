// The zone test for registers: decides linearizability in O(n log n) where every value is written at most
// once, the initial value never, and there is no compare-and-set.
//
// Gibbons & Korach, "Testing shared memories" (SIAM J. Comput. 26, 1997), section 4. A write and the reads of
// its value form a cluster. Cluster A must come before B when some operation of A returned before one of B
// was invoked, that is, when A's earliest return is before B's latest invocation. A history is linearizable
// if and only if every read has a write that it does not precede, and no two clusters must each come before
// the other. A cluster whose earliest return is before its latest invocation covers the time in between (a
// forward zone); then conflicts are overlaps of forward zones, and other (backward) zones strictly inside a
// forward one.
//
// Thread safety: pure function. Memory: 24 bytes a value, 8 bytes an operation with an order.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/register_object.h"

namespace assay::checkers {

struct ZoneResult {
  bool applies = false;  // whether the test decides this object
  bool valid = false;
  std::vector<std::uint32_t> order;     // valid and asked for: all operations, linearized
  std::vector<std::uint32_t> conflict;  // invalid: a few operations that contradict each other, sorted
};

ZoneResult check_zones(const RegisterObject& object, bool want_order, Limits& limits);

}  // namespace assay::checkers
