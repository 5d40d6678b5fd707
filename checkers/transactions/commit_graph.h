// The order in which transactions must commit, as far as it is known: session order, reads-from, and edges
// that a level of isolation infers. The level holds if and only if this graph has no cycle, and any
// topological order of it is then a commit order (Biswas & Enea, "On the complexity of checking transactional
// consistency", OOPSLA 2019, section 3). Session order and reads-from are not stored: they are read off the
// history.
//
// Thread safety: none. Complexity: order() is linear. Memory: 8 bytes an inferred edge, 4 a transaction, 9
// more while ordering.
#pragma once

#include <vector>

#include "checkers/transactions/register_history.h"

namespace assay::checkers {

// The committed transaction before this one in its session, or kNobody.
TransactionId previous_in_session(const RegisterHistory& history, TransactionId id);

// A read that ties its transaction to another one: not internal, and of a committed transaction's last write.
inline bool reads_from_other(const RegisterMop& mop, TransactionId reader) {
  return mop.kind() == MopKind::read && mop.source != reader && !mop.follows_own_write();
}
// The same, or of the initial state.
inline bool reads_outside(const RegisterMop& mop, TransactionId reader) {
  return reads_from_other(mop, reader) || (mop.kind() == MopKind::read_initial && !mop.follows_own_write());
}

class CommitGraph {
 public:
  CommitGraph(const RegisterHistory& history, Charge& charge)
      : history_(history), charge_(charge), heads_(history.transaction_count(), kNobody) {
    charge_.grow(heads_.size() * sizeof(std::uint32_t));
  }

  // `before` must commit before `after`. Requires: both are committed, and differ.
  void infer(TransactionId before, TransactionId after) {
    const std::uint32_t head = heads_[after];
    if (head != kNobody && edges_[head].before == before) return;
    if (edges_.size() == edges_.capacity()) charge_.grow((edges_.capacity() + 1) * sizeof(Edge));
    heads_[after] = static_cast<std::uint32_t>(edges_.size());
    edges_.push_back({before, head});
  }
  void prefetch(TransactionId after) const { __builtin_prefetch(&heads_[after]); }
  std::size_t inferred() const { return edges_.size(); }

  // Everything committed in an order that agrees with every edge; false when there is a cycle, or when the
  // budget is spent. At most `cycles_max` cycles are returned, each a list of transactions of which each must
  // commit before the next, and the last one before the first.
  bool order(Limits& limits, std::size_t cycles_max, std::vector<TransactionId>& result,
             std::vector<std::vector<TransactionId>>& cycles) const;

  // The shortest cycle through this transaction; empty if there is none, or the budget is spent.
  std::vector<TransactionId> shortest_cycle(Limits& limits, TransactionId through) const;

  // Calls visit(before) for each transaction that must commit before this one.
  template <class Visit>
  void each_before(TransactionId id, Visit visit) const {
    const TransactionId previous = previous_in_session(history_, id);
    if (previous != kNobody) visit(previous);
    for (const RegisterMop& mop : history_.mops(id)) {
      if (reads_from_other(mop, id)) visit(mop.source);
    }
    for (std::uint32_t at = heads_[id]; at != kNobody; at = edges_[at].next) visit(edges_[at].before);
  }

 private:
  struct Edge {
    TransactionId before = kNobody;
    std::uint32_t next = kNobody;
  };
  // A transaction whose predecessors are being visited, and how far.
  struct Frame {
    TransactionId id = kNobody;
    bool session_done = false;
    MopId mop = 0;
    std::uint32_t edge = kNobody;
  };
  TransactionId next_before(Frame& frame) const;

  const RegisterHistory& history_;
  Charge& charge_;
  std::vector<std::uint32_t> heads_;
  std::vector<Edge> edges_;
};

}  // namespace assay::checkers
