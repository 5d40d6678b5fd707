#include "checkers/transactions/commit_graph.h"

#include <algorithm>

namespace assay::checkers {

namespace {
enum class Visit : std::uint8_t { unseen, open, done };
}  // namespace

TransactionId previous_in_session(const RegisterHistory& history, TransactionId id) {
  const auto session = history.transactions_of(history.session(id));
  for (std::uint32_t at = history.position(id); at > 0; --at) {
    if (history.committed(session[at - 1])) return session[at - 1];
  }
  return kNobody;
}

// The next predecessor of the frame's transaction, or kNobody after the last.
TransactionId CommitGraph::next_before(Frame& frame) const {
  if (!frame.session_done) {
    frame.session_done = true;
    const TransactionId previous = previous_in_session(history_, frame.id);
    if (previous != kNobody) return previous;
  }
  for (const MopId end = history_.first_mop(frame.id + 1); frame.mop < end;) {
    const RegisterMop& mop = history_.mop(frame.mop++);
    if (reads_from_other(mop, frame.id)) return mop.source;
  }
  if (frame.edge == kNobody) return kNobody;
  const Edge& edge = edges_[frame.edge];
  frame.edge = edge.next;
  return edge.before;
}

bool CommitGraph::order(Limits& limits, std::size_t cycles_max, std::vector<TransactionId>& result,
                        std::vector<std::vector<TransactionId>>& cycles) const {
  const std::size_t count = history_.transaction_count();
  if (!limits.fits(count * 5)) return false;
  Charge charge(limits, count);
  std::vector<Visit> visits(count, Visit::unseen);
  std::vector<Frame> stack;
  result.clear();
  result.reserve(count);
  // Depth first along predecessors: a transaction follows all that it depends on. Operations are in order of
  // invocation, in which few depend on later ones, so the stack stays short.
  for (TransactionId root = 0; root < count; ++root) {
    if (root % kAskEvery == 0 && limits.spent()) return false;
    if (visits[root] != Visit::unseen || !history_.committed(root)) continue;
    visits[root] = Visit::open;
    stack.push_back({root, false, history_.first_mop(root), heads_[root]});
    while (!stack.empty()) {
      const TransactionId before = next_before(stack.back());
      if (before == kNobody) {
        visits[stack.back().id] = Visit::done;
        result.push_back(stack.back().id);
        stack.pop_back();
      } else if (visits[before] == Visit::unseen) {
        visits[before] = Visit::open;
        stack.push_back({before, false, history_.first_mop(before), heads_[before]});
      } else if (visits[before] == Visit::open) {
        std::vector<TransactionId> cycle;
        auto at = stack.end();
        do cycle.push_back((--at)->id);
        while (at->id != before);
        cycles.push_back(std::move(cycle));
        if (cycles.size() >= cycles_max) return false;
      }
    }
  }
  return cycles.empty();
}

std::vector<TransactionId> CommitGraph::shortest_cycle(Limits& limits, TransactionId through) const {
  const std::size_t count = history_.transaction_count();
  if (!limits.fits(count * 8)) return {};
  Charge charge(limits, count * 8);
  std::vector<TransactionId> after(count, kNobody);  // the next transaction on the way to `through`
  std::vector<TransactionId> queue = {through};
  for (std::size_t at = 0; at < queue.size(); ++at) {
    if (at % kAskEvery == 0 && limits.spent()) return {};
    bool closed = false;
    each_before(queue[at], [&](TransactionId before) {
      closed = closed || before == through;
      if (before == through || after[before] != kNobody) return;
      after[before] = queue[at];
      queue.push_back(before);
    });
    if (!closed) continue;
    std::vector<TransactionId> cycle = {through};
    for (TransactionId id = queue[at]; id != through; id = after[id]) cycle.push_back(id);
    return cycle;
  }
  return {};
}

}  // namespace assay::checkers
