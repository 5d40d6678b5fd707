#include "checkers/isolation/schedule.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>

namespace assay::checkers::isolation {

namespace {

using Turn = std::pair<Nanos, Node>;
using Queue = std::priority_queue<Turn, std::vector<Turn>, std::greater<Turn>>;

std::vector<std::uint32_t> waiting_for(const EventGraph& graph) {
  std::vector<std::uint32_t> waits(graph.node_count(), 0);
  for (const Edge& edge : graph.edges()) ++waits[edge.to];
  return waits;
}

// What an event needs of its keys beside the graph, and gives back. Lock 2 * key: being written; 2 * key + 1: being seen.
class KeyLocks {
 public:
  explicit KeyLocks(const EventGraph& graph) {
    takes_begin_.assign(graph.node_count() + 1, 0);
    gives_begin_.assign(graph.node_count() + 1, 0);
    const std::uint32_t locks = each(graph, [&](Node takes, Node gives, std::uint32_t) {
      ++takes_begin_[takes + 1];
      ++gives_begin_[gives + 1];
    });
    for (std::size_t i = 1; i < takes_begin_.size(); ++i) {
      takes_begin_[i] += takes_begin_[i - 1];
      gives_begin_[i] += gives_begin_[i - 1];
    }
    takes_.resize(takes_begin_.back());
    gives_.resize(gives_begin_.back());
    std::vector<std::uint32_t> takes_at(takes_begin_.begin(), takes_begin_.end() - 1);
    std::vector<std::uint32_t> gives_at(gives_begin_.begin(), gives_begin_.end() - 1);
    each(graph, [&](Node takes, Node gives, std::uint32_t lock) {
      takes_[takes_at[takes]++] = lock;
      gives_[gives_at[gives]++] = lock;
    });
    taken_.assign(locks, false);
    waiting_.resize(locks);
  }

  // Takes what the event needs, or has it wait for what it does not get; by force it gets what others have.
  bool take(Node node, bool by_force = false) {
    const auto begin = takes_.begin() + takes_begin_[node], end = takes_.begin() + takes_begin_[node + 1];
    const auto busy = std::find_if(begin, end, [&](std::uint32_t lock) { return taken_[lock]; });
    if (busy != end && !by_force) {
      waiting_[*busy].push_back(node);
      return false;
    }
    for (auto lock = begin; lock != end; ++lock) taken_[*lock] = true;
    return true;
  }

  // Gives back what ends with the event; `wake` is told who waited for it.
  template <class Wake>
  void give(Node node, Wake wake) {
    for (std::uint32_t at = gives_begin_[node]; at < gives_begin_[node + 1]; ++at) {
      taken_[gives_[at]] = false;
      for (const Node waiter : waiting_[gives_[at]]) wake(waiter);
      waiting_[gives_[at]].clear();
    }
  }

 private:
  // Two locks of each key whose chains are in any doubt: it is being written, it is being seen.
  template <class Lock>
  static std::uint32_t each(const EventGraph& graph, Lock lock) {
    const auto begin = graph.chain_begin();
    std::uint32_t number = 0;
    for (KeyNumber key = 0; key + 1 < begin.size(); ++key) {
      if (begin[key + 1] - begin[key] <= 2) continue;
      for (std::uint32_t at = begin[key]; at < begin[key + 1]; ++at) {
        const Chain& chain = graph.chain(at);
        if (chain.first == kInitial) continue;
        lock(graph.start(chain.first), graph.commit(chain.last), number);
        const Node seen = chain.seen == kNone ? graph.commit(chain.last) : chain.seen;
        lock(graph.commit(chain.first), seen, number + 1);
      }
      number += 2;
    }
    return number;
  }

  std::vector<std::uint32_t> takes_begin_, gives_begin_, takes_, gives_;
  std::vector<char> taken_;
  std::vector<std::vector<Node>> waiting_;
};

}  // namespace

std::vector<Nanos> turns(const EventGraph& graph, const std::vector<Node>& order, Haste haste) {
  std::vector<Nanos> turn(graph.node_count(), kNever);
  const auto& all = graph.problem().transactions;
  for (Txn txn = 0; txn < all.size(); ++txn) {
    turn[graph.commit(txn)] = all[txn].completed;
    if (graph.two_events()) {
      turn[graph.start(txn)] = haste == Haste::starts_when_invoked ? all[txn].invoked : all[txn].completed;
    } else if (haste == Haste::starts_when_invoked) {
      turn[txn] = all[txn].invoked;
    }
  }
  for (std::size_t at = order.size(); at-- > 0;) {
    for (const Node target : graph.targets(order[at]))
      turn[order[at]] = std::min(turn[order[at]], turn[target]);
  }
  // Events of our own cost nobody anything, and others may wait for them.
  for (Node node = 0; node < turn.size(); ++node) {
    if (graph.txn_of(node) == kNone) turn[node] = INT64_MIN;
  }
  return turn;
}

bool schedule_events(const EventGraph& graph, const std::vector<Nanos>& turn, Limits& limits,
                     std::vector<Node>& schedule) {
  std::vector<std::uint32_t> waits = waiting_for(graph);
  KeyLocks locks(graph);
  Queue ready;
  for (Node node = 0; node < graph.node_count(); ++node) {
    if (waits[node] == 0) ready.emplace(turn[node], node);
  }
  schedule.clear();
  schedule.reserve(graph.node_count());
  for (std::size_t steps = 1; !ready.empty(); ++steps) {
    if (steps % kAskEvery == 0 && limits.spent()) return false;
    const Node node = ready.top().second;
    ready.pop();
    if (!locks.take(node)) continue;
    schedule.push_back(node);
    locks.give(node, [&](Node waiter) { ready.emplace(turn[waiter], waiter); });
    for (const Node target : graph.targets(node)) {
      if (--waits[target] == 0) ready.emplace(turn[target], target);
    }
  }
  return schedule.size() == graph.node_count();
}

std::vector<Node> likely_order(const EventGraph& graph, const std::vector<Nanos>& turn) {
  std::vector<std::uint32_t> waits = waiting_for(graph);
  KeyLocks locks(graph);
  Queue ready;
  std::set<Turn> stopped;
  for (Node node = 0; node < graph.node_count(); ++node) {
    if (waits[node] == 0) ready.emplace(turn[node], node);
  }
  std::vector<Node> order;
  order.reserve(graph.node_count());
  while (order.size() < graph.node_count()) {
    const bool by_force = ready.empty();
    const Turn next = by_force ? *stopped.begin() : ready.top();
    if (by_force) {
      stopped.erase(next);
    } else {
      ready.pop();
    }
    if (!locks.take(next.second, by_force)) {
      stopped.insert(next);
      continue;
    }
    order.push_back(next.second);
    waits[next.second] = kNone;  // happened
    locks.give(next.second, [&](Node waiter) {
      if (waits[waiter] == kNone) return;
      stopped.erase({turn[waiter], waiter});
      ready.emplace(turn[waiter], waiter);
    });
    for (const Node target : graph.targets(next.second)) {
      if (--waits[target] == 0) ready.emplace(turn[target], target);
    }
  }
  return order;
}

}  // namespace assay::checkers::isolation
