// Confirms claims that are facts about each observation by itself: there is no order to be shown, so the certificate is
// empty but for its options, and what makes the history valid is counted here once more, by code that shares nothing
// with the checkers. The claims are named after the checkers.
//
// Thread safety: pure functions. Complexity: n log n in the micro-operations and the elements read.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Empty when the claim holds for the history, else one sentence. A history in which nothing can be counted is refused.

// Every ok transaction of reads finds the same accounts with the same total, and every other operation moves money.
std::string refute_bank(const History& history, const Certificate& certificate);
// The last read of each key has elements that somebody added, each once, and all that were acknowledged before.
std::string refute_set(const History& history, const Certificate& certificate);
// Every read does, but for lost elements: none that was known is missing from all reads invoked later.
std::string refute_set_full(const History& history, const Certificate& certificate);
// What was acknowledged came out; what came out was put in, no less often unless delivery is at-least-once.
std::string refute_total_queue(const History& history, const Certificate& certificate);
// All ids differ.
std::string refute_unique_ids(const History& history, const Certificate& certificate);
// No pair of keys is seen written the one without the other both ways round.
std::string refute_long_fork(const History& history, const Certificate& certificate);
// Every read lies between what surely counts and what may count.
std::string refute_counter(const History& history, const Certificate& certificate);
// Nothing observed is less than what was observed before it began, or before it in its process.
std::string refute_monotonic(const History& history, const Certificate& certificate);
// Holdings do not overlap, tokens grow, and so do those under which a key is written.
std::string refute_lock(const History& history, const Certificate& certificate);
// The last reads of a key, one for each node, found the same.
std::string refute_convergence(const History& history, const Certificate& certificate);
// The last reads of a key found what was acknowledged.
std::string refute_durability(const History& history, const Certificate& certificate);
// What a process reads and writes of a key never goes back, where lists or growing values tell which version is newer.
std::string refute_session(const History& history, const Certificate& certificate);
// No transaction of registers sees a write and misses one that was over before that began.
std::string refute_causal_reverse(const History& history, const Certificate& certificate);
// Each stream has every change that anybody tells of, in order and once.
std::string refute_watch(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
