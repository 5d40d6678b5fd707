// Orders that show how stale a history of registers is at most: in versions, or in time.
//
// Thread safety: pure functions. Complexity: that of deciding k for each key; that of linearizability with unique values.
#pragma once

#include <optional>

#include "checkers/common/limits.h"
#include "checkers/transactions/register_history.h"
#include "harness/core/checker.h"

namespace assay::checkers {

// "k-atomic": an order for each key in which every read finds one of the last k values (version_order.h). None when no order
// was found within the budget. Requires: operations of one micro-operation; no read ended before its write began.
std::optional<Certificate> certify_k(const RegisterHistory& registers, const Value& initial, std::uint32_t k,
                                     Limits& limits);

// "delta-atomic": orders that are linearizations once every read is put back by so many nanoseconds; with 0,
// "linearizable".
std::optional<Certificate> certify_delta(const History& history, const Value& initial, Nanos delta,
                                         const Budget& budget);

}  // namespace assay::checkers
