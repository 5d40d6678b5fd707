// Decides data types by trying everything or by looking at every pair: slow and obvious, for small histories
// in tests. They share nothing with the checkers.
//
// Thread safety: pure functions. Complexity: exponential or quadratic; keep to 8 operations where orders are
// tried.
#pragma once

#include <cstdint>
#include <set>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Whether every read of a counter is the sum of some of the adds: all that precede it and any of those that
// do not follow it.
bool counter_by_brute_force(const History& history);

// Whether acquires and releases, of single locks with owners, have an order that fits their intervals.
bool lock_by_brute_force(const History& history);

// Whether tokens of acquires differ and grow in real time.
bool tokens_by_brute_force(const History& history);

// Whether some choice of what happened explains the dequeues, when nothing is left in the queue.
bool total_queue_by_brute_force(const History& history);
// The same when dequeues of unknown outcome did not happen.
bool total_queue_without_info(const History& history);

// Whether one order of the writes explains what each transaction of reads found.
bool long_fork_by_brute_force(const History& history);

// Whether no observation is less than one that returned before it was invoked.
bool monotonic_by_brute_force(const History& history);

// Whether some order of writes and compare-and-sets that fits their intervals leaves each key with the value
// of its last reads. Requires: all reads come after all acknowledged writes.
bool durable_by_brute_force(const History& history);

// The elements of key 0 that are lost, and those that are stale, by the words of the checker "set-full".
std::set<std::int64_t> lost_by_brute_force(const History& history);
std::set<std::int64_t> stale_by_brute_force(const History& history);

}  // namespace assay::checkers::testing
