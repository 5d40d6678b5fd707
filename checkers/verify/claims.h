// Every claim that can be confirmed, and the function that does it: each has a file here that can be read by itself,
// beside certificate.cpp, common.h and what it includes. How many lines that is, a test counts
// (tests/verify_size_test.cpp).
//
// Each function returns an empty text when the certificate proves its claim for the history, else one sentence. Where
// nothing in the history bears on the claim, it is refuted.
//
// Thread safety: pure functions. Complexity: near linear, n log n in micro-operations and elements read.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "harness/core/checker.h"

namespace assay::checkers {

using Refute = std::string(const History& history, const Certificate& certificate);

// The certificate has an order.
Refute refute_order;           // each operation is legal where it stands: orders.cpp
Refute refute_snapshots;       // each reads at its start, and commits later: snapshots.cpp
Refute refute_commit_order;    // nobody reads what was overtaken in its sight: commit_order.cpp
Refute refute_process_orders;  // each process has an order that explains what it read: process_orders.cpp
Refute refute_version_order;   // nothing that a process does goes back in it: version_order.cpp
Refute refute_log_order;       // logs, and nobody polls from who stands behind it: logs.cpp

// The certificate is empty but for its options: facts about each observation by itself, counted here once more.
Refute refute_bank;         // all reads find the same accounts and total; the rest moves money: bank.cpp
Refute refute_set;          // the last read has what was acknowledged before, each once: sets.cpp
Refute refute_set_full;     // nothing that was known is missing from all reads invoked later: sets.cpp
Refute refute_total_queue;  // what was acknowledged came out; what came out was put in: total_queue.cpp
Refute refute_unique_ids;   // all ids differ: unique_ids.cpp
Refute
    refute_long_fork;   // no pair of keys is seen written the one without the other both ways: long_fork.cpp
Refute refute_counter;  // every read lies between what surely counts and what may: counter.cpp
Refute refute_monotonic;  // nothing is less than what was observed before it began: monotonic.cpp
Refute refute_lock;       // holdings do not overlap, tokens grow, also those under which is written: lock.cpp
Refute refute_convergence;  // the last reads of a key, one for each node, found the same: convergence.cpp
Refute refute_durability;   // the last reads of a key found what was acknowledged: durability.cpp
Refute refute_texts;        // the last reads of a text have the bytes inserted: durable_texts.cpp
Refute refute_items;        // the last reads of a cart have the items that nobody removed: durable_items.cpp
Refute refute_session;      // what a process reads and writes of a key never goes back: sessions.cpp
Refute refute_causal_reverse;  // nobody sees a write and misses one that was over before it: reversals.cpp
Refute refute_reversed_sets;   // the same of elements of sets: reversed_sets.cpp
Refute refute_answers;         // nobody sees an answer and misses what it answers: answers.cpp
Refute refute_watch;           // each stream has every change that anybody tells of, in order: watch.cpp

struct Claim {
  std::string_view name;
  Refute* refute;
  bool real_time = false;   // is about when operations began and ended
  bool is_counted = false;  // under the name of its checker
  bool has_order = !is_counted;
};

inline constexpr std::array kClaims = {
    Claim{"linearizable", refute_order, true},
    Claim{"k-atomic", refute_order, true},
    Claim{"delta-atomic", refute_order, true},
    Claim{"sequential", refute_order},
    Claim{"serializable", refute_order},
    Claim{"strong-session-serializable", refute_order},
    Claim{"strict-serializable", refute_order, true},
    Claim{"snapshot-isolation", refute_snapshots},
    Claim{"read-committed", refute_commit_order},
    Claim{"read-atomic", refute_commit_order},
    Claim{"causal", refute_commit_order},
    Claim{"causal-memory", refute_process_orders},
    Claim{"pram", refute_process_orders},
    Claim{"session-causal", refute_version_order},
    Claim{"kafka", refute_log_order, false, true, true},
    Claim{"bank", refute_bank, false, true},
    Claim{"set", refute_set, false, true},
    Claim{"set-full", refute_set_full, true, true},
    Claim{"total-queue", refute_total_queue, false, true},
    Claim{"unique-ids", refute_unique_ids, false, true},
    Claim{"long-fork", refute_long_fork, false, true},
    Claim{"counter", refute_counter, true, true},
    Claim{"monotonic", refute_monotonic, true, true},
    Claim{"lock", refute_lock, true, true},
    Claim{"convergence", refute_convergence, true, true},
    Claim{"durability", refute_durability, true, true},
    Claim{"durability of texts", refute_texts, true, true},
    Claim{"durability of items", refute_items, true, true},
    Claim{"session", refute_session, false, true},
    Claim{"causal-reverse", refute_causal_reverse, true, true},
    Claim{"causal-reverse of sets", refute_reversed_sets, true, true},
    Claim{"causal-reverse of answers", refute_answers, false, true},
    Claim{"watch", refute_watch, false, true},
};

}  // namespace assay::checkers
