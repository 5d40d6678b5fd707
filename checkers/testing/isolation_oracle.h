// Decides isolation by trying everything: every order of transactions, or every order of starts and commits. Slow and
// obvious, for small histories in tests.
//
// Thread safety: pure functions. Complexity: factorial; keep to 5 transactions.
#pragma once

#include "harness/core/history.h"

namespace assay::checkers::testing {

enum class KeptOrder { none, session, real_time };

// Every register starts at `initial`, every list empty. Knows read, write, cas, append and, where the initial value is nil, scan. Transactions of unknown outcome
// may have happened or not, and what they read is unknown.
bool serializable_by_brute_force(const History& history, const Value& initial, KeptOrder kept);
bool snapshot_isolated_by_brute_force(const History& history, const Value& initial, KeptOrder kept);

}  // namespace assay::checkers::testing
