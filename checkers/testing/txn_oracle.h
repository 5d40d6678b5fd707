// Decides isolation of transactions by trying everything: slow and obvious, for small histories in tests. Knows reads,
// appends to lists and writes of registers; every key is empty at first.
//
// Thread safety: pure functions. Complexity: factorial; keep to 5 transactions that did not fail.
#pragma once

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Which transactions must stay in the order in which they were made: none, those of one process, those of which one
// completed before the other was invoked.
enum class TxnOrder : std::uint8_t { none, process, realtime };

// Some order of all ok transactions and some of the info ones explains every read.
bool serializable_by_brute_force(const History& history, TxnOrder order);

// Snapshot isolation by its definition: each transaction has a start and a commit; it reads what was committed before its
// start and what it wrote itself; of two that write the same key one commits before the other starts.
bool snapshot_isolated_by_brute_force(const History& history, TxnOrder order);

}  // namespace assay::checkers::testing
