// Which commit order a level of isolation forces (Biswas & Enea 2019, section 2.2). For a read of key x by t3
// from t1, and another transaction t2 that writes x, t2 must commit before t1 if
//   read committed  t3 read something from t2 before this read
//   read atomic     t3 read anything from t2, or t2 is before t3 in its session
//   causal          t2 is before t3 by sessions and reads-from, in any number of steps
// Only edges from which the others follow are inferred (Moldrup & Pavlogiannis, "AWDIT: an optimal weak
// database isolation tester", PLDI 2025, algorithms 1 to 3). Where t1 is the initial state nothing can be
// before it, so the read is an anomaly at once; AWDIT lets that pass.
//
// Thread safety: pure functions of their arguments. Complexity: n^1.5 for n mops in the worst case (a
// transaction's writes are enumerated or looked up, whichever is fewer); linear for transactions of bounded
// size.
#pragma once

#include <string_view>
#include <vector>

#include "checkers/transactions/commit_graph.h"

namespace assay::checkers {

enum class WeakLevel : std::uint8_t { read_committed, read_atomic, causal, weak_causal };
std::string_view weak_level_name(WeakLevel level);

// A read of the initial state in spite of `writer`, which the level shows to the reader.
struct InitialRead {
  TransactionId writer = kNobody;
  TransactionId reader = kNobody;
  KeyId key = 0;
};

struct Inference {
  CommitGraph& graph;
  Limits& limits;
  std::vector<InitialRead> initial_reads;  // at most kInitialReadsMax
  std::uint64_t initial_read_count = 0;

  // t2 must commit before t1, the source of a read of key x by t3.
  void infer(TransactionId t2, TransactionId t1, TransactionId t3, KeyId x) {
    if (t2 == t1) return;
    if (t1 != kNobody) {
      graph.infer(t2, t1);
      return;
    }
    ++initial_read_count;
    if (initial_reads.size() < kInitialReadsMax) initial_reads.push_back({t2, t3, x});
  }
  static constexpr std::size_t kInitialReadsMax = 8;
};

// False when the budget is spent.
bool infer_read_committed(const RegisterHistory& history, Inference& inference);
bool infer_read_atomic(const RegisterHistory& history, Inference& inference);

}  // namespace assay::checkers
