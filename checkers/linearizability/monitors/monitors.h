// Monitors: deciding an object without a search, in near-linear time: collections in which every value is put
// in at most once, and what counts up step by step (chain.h). Each answers `unknown` where it is not exact, and the search takes over.
//
// Sources: Gibbons & Korach, "Testing shared memories" (SIAM J. Comput. 26, 1997); Henzinger, Sezgin &
// Vafeiadis, "Aspect-oriented linearizability proofs" (CONCUR 2013) and Bouajjani, Emmi, Enea & Hamza, "On
// reducing linearizability to state reachability" (ICALP 2015) for what a violation looks like; Lee & Mathur,
// "Efficient decrease-and-conquer linearizability monitoring" (OOPSLA 2025) for taking a history apart value
// by value. How each of them goes is written in its file.
//
// Operations of unknown outcome: one that puts in may return as late as its element is taken, one whose
// element nobody takes does not matter. One that takes may have taken any element that nothing else took.
// Without those ("lost") elements a contradiction is one for sure; with the lost elements given to the
// thieves in one plausible way, an order is one for sure; in between, the search decides.
//
// Thread safety: pure functions. Requires: ids of one object of that model, none of outcome fail.
#pragma once

#include <span>

#include "checkers/common/limits.h"
#include "checkers/linearizability/object_model.h"
#include "harness/core/history.h"

namespace assay::checkers {

ObjectVerdict monitor_fifo_queue(const History& history, std::span<const OpId> ids, bool want_order,
                                 Limits& limits);
ObjectVerdict monitor_unordered_queue(const History& history, std::span<const OpId> ids, bool want_order,
                                      Limits& limits);
ObjectVerdict monitor_priority_queue(const History& history, std::span<const OpId> ids, bool want_order,
                                     Limits& limits);
ObjectVerdict monitor_stack(const History& history, std::span<const OpId> ids, bool want_order,
                            Limits& limits);
// Takes the model of sets too: elements that are added or removed more than once are searched, each alone.
ObjectVerdict monitor_set(const ObjectModel& model, const History& history, std::span<const OpId> ids,
                          bool want_order, Limits& limits);

// Where every add adds the same, and the sums that reads and adds returned say how many came before them.
ObjectVerdict monitor_counter(const History& history, std::span<const OpId> ids, std::int64_t start,
                              bool want_order, Limits& limits);
// Locks, with tokens for every holder or with none.
ObjectVerdict monitor_lock(const History& history, std::span<const OpId> ids, bool fenced, bool want_order,
                           Limits& limits);

}  // namespace assay::checkers
