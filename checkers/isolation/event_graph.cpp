#include "checkers/isolation/event_graph.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace assay::checkers::isolation {

EventGraph::EventGraph(const Problem& problem, Level level, Order order, bool plain_order, Charge& charge)
    : problem_(problem), two_events_(level == Level::snapshot_isolation), order_(order), charge_(charge) {
  const auto count = static_cast<Node>(problem.size());
  nodes_ = two_events_ ? 2 * count : count;
  edges_.reserve(problem.reads.size() * 2 + problem.writes.size() * 2 + count * 4 + problem.keys);
  if (two_events_) {
    for (Txn txn = 0; txn < count; ++txn) add(start(txn), commit(txn), EdgeKind::own);
  }
  if (order == Order::session) add_sessions();
  if (order == Order::real_time) add_real_time(plain_order);
  link_versions();
  add_dependencies();
  add_chains();
  add_initial_chains();
  index();
  charge_.grow(bytes());
}

void EventGraph::add_sessions() {
  std::unordered_map<ProcessId, Txn> last;
  for (Txn txn = 0; txn < problem_.size(); ++txn) {
    const auto [at, fresh] = last.try_emplace(problem_.transactions[txn].process, txn);
    if (!fresh) add(commit(at->second), start(txn), EdgeKind::session);
    at->second = txn;
  }
}

// A line of events of our own stands for the time: each is after all that completed before some invocation.
void EventGraph::add_real_time(bool plain) {
  const auto& all = problem_.transactions;
  if (plain) {
    for (Txn a = 0; a < all.size(); ++a) {
      for (Txn b = 0; b < all.size(); ++b) {
        if (all[a].completed < all[b].invoked) add(commit(a), start(b), EdgeKind::real_time);
      }
    }
    return;
  }
  std::vector<Txn> by_completion(all.size());
  std::iota(by_completion.begin(), by_completion.end(), 0);
  std::sort(by_completion.begin(), by_completion.end(),
            [&](Txn a, Txn b) { return std::pair(all[a].completed, a) < std::pair(all[b].completed, b); });
  Node now = kNone;
  std::size_t done = 0;
  for (Txn txn = 0; txn < all.size(); ++txn) {
    if (done < all.size() && all[by_completion[done]].completed < all[txn].invoked) {
      const Node later = nodes_++;
      if (now != kNone) add(now, later, EdgeKind::real_time);
      now = later;
    }
    for (; done < all.size() && all[by_completion[done]].completed < all[txn].invoked; ++done) {
      add(commit(by_completion[done]), now, EdgeKind::real_time);
    }
    if (now != kNone) add(now, start(txn), EdgeKind::real_time);
  }
}

std::uint32_t EventGraph::version_of(const Problem::Read& read) const {
  if (read.writer != kInitial) return problem_.write_of(read.writer, read.key);
  return static_cast<std::uint32_t>(problem_.writes.size()) + read.key;
}

void EventGraph::link(std::uint32_t earlier, std::uint32_t later) {
  if (next_[earlier] != kNone || previous_[later] != kNone) return;
  next_[earlier] = later;
  previous_[later] = earlier;
}

bool EventGraph::reads(Txn txn, KeyNumber key, Txn writer) const {
  const auto all = problem_.reads_of(txn);
  return std::any_of(all.begin(), all.end(),
                     [&](const Problem::Read& read) { return read.key == key && read.writer == writer; });
}

// A transaction that read a version and wrote the key comes right after it; there can be only one.
void EventGraph::link_update(std::uint32_t version, std::uint32_t write, Txn txn) {
  const std::uint32_t next = next_[version];
  const Txn writer = writer_of(version);
  if (next != kNone && next != write && lost_update_.empty() &&
      reads(writers_[next], problem_.writes[write], writer)) {
    lost_update_ = {writers_[next], txn};
    if (writer != kInitial) lost_update_.push_back(writer);
    std::sort(lost_update_.begin(), lost_update_.end());
    lost_update_.erase(std::unique(lost_update_.begin(), lost_update_.end()), lost_update_.end());
  }
  link(version, write);
}

// Which version comes right after which, as far as it is known.
void EventGraph::link_versions() {
  const auto written = static_cast<std::uint32_t>(problem_.writes.size());
  writers_.resize(written);
  next_.assign(written + problem_.keys, kNone);
  previous_.assign(written + problem_.keys, kNone);
  for (Txn txn = 0; txn < problem_.size(); ++txn) {
    std::fill(writers_.begin() + problem_.write_begin[txn], writers_.begin() + problem_.write_begin[txn + 1],
              txn);
  }
  for (KeyNumber key = 0; key < problem_.keys; ++key) {
    std::uint32_t version = written + key;
    for (const Txn writer : problem_.shown_of(key)) {
      const std::uint32_t later = problem_.write_of(writer, key);
      link(version, later);
      version = later;
    }
  }
  reader_begin_.assign(written + problem_.keys + 1, 0);
  for (Txn txn = 0; txn < problem_.size(); ++txn) {
    for (const Problem::Read& read : problem_.reads_of(txn)) {
      const std::uint32_t version = version_of(read);
      ++reader_begin_[version + 1];
      for (std::uint32_t at = problem_.write_begin[txn]; at < problem_.write_begin[txn + 1]; ++at) {
        if (problem_.writes[at] == read.key) link_update(version, at, txn);
      }
    }
  }
  std::partial_sum(reader_begin_.begin(), reader_begin_.end(), reader_begin_.begin());
  readers_.resize(problem_.reads.size());
  std::vector<std::uint32_t> place(reader_begin_.begin(), reader_begin_.end() - 1);
  for (Txn txn = 0; txn < problem_.size(); ++txn) {
    for (const Problem::Read& read : problem_.reads_of(txn)) readers_[place[version_of(read)]++] = txn;
  }
}

void EventGraph::add_dependencies() {
  for (std::uint32_t version = 0; version < next_.size(); ++version) {
    const Txn writer = writer_of(version);
    const std::uint32_t next = next_[version];
    const Txn overwriter = next == kNone ? kNone : writers_[next];
    const KeyNumber key =
        writer == kInitial ? version - static_cast<std::uint32_t>(writers_.size()) : problem_.writes[version];
    bool overwriter_read = false;
    for (std::uint32_t at = reader_begin_[version]; at < reader_begin_[version + 1]; ++at) {
      const Txn reader = readers_[at];
      overwriter_read = overwriter_read || reader == overwriter;
      if (writer != kInitial) add(commit(writer), start(reader), EdgeKind::wr, key);
      if (next != kNone && reader != overwriter) add(start(reader), commit(overwriter), EdgeKind::rw, key);
    }
    const bool known = overwriter_read || writer == kInitial || next == kNone;
    if (!known) add(commit(writer), start(overwriter), EdgeKind::ww, key);
  }
}

void EventGraph::add_chains() {
  const auto written = static_cast<std::uint32_t>(writers_.size());
  std::vector<std::uint32_t> heads;  // of chains but the initial ones; a circle of versions has none
  for (std::uint32_t version = 0; version < written; ++version) {
    if (previous_[version] == kNone) heads.push_back(version);
  }
  chain_begin_.assign(problem_.keys + 1, 0);
  for (const std::uint32_t head : heads) ++chain_begin_[problem_.writes[head] + 1];
  for (KeyNumber key = 0; key < problem_.keys; ++key) chain_begin_[key + 1] += chain_begin_[key] + 1;
  chains_.resize(heads.size() + problem_.keys);
  std::vector<std::uint32_t> place(chain_begin_.begin(), chain_begin_.end() - 1);
  const auto follow = [&](std::uint32_t head, KeyNumber key) {
    std::uint32_t last = head;
    while (next_[last] != kNone) last = next_[last];
    const Txn first =
        writer_of(head) == kInitial && next_[head] != kNone ? writers_[next_[head]] : writer_of(head);
    Chain& chain = chains_[place[key]++] = {key, first, writer_of(last), kNone};
    // Alone on its key nobody needs to know who saw it.
    if (reader_begin_[last] == reader_begin_[last + 1] || chain_begin_[key + 1] - chain_begin_[key] == 1)
      return;
    chain.seen = nodes_++;
    for (std::uint32_t at = reader_begin_[last]; at < reader_begin_[last + 1]; ++at) {
      add(start(readers_[at]), chain.seen, EdgeKind::seen, key);
    }
  };
  for (KeyNumber key = 0; key < problem_.keys; ++key) follow(written + key, key);
  for (const std::uint32_t head : heads) follow(head, problem_.writes[head]);
}

// The initial state comes first.
void EventGraph::add_initial_chains() {
  for (KeyNumber key = 0; key < problem_.keys; ++key) {
    const Chain& initial = chains_[chain_begin_[key]];
    for (std::uint32_t other = chain_begin_[key] + 1; other < chain_begin_[key + 1]; ++other) {
      const Chain& later = chains_[other];
      if (initial.last != kInitial) add(commit(initial.last), start(later.first), EdgeKind::ww, key);
      if (initial.seen != kNone) add(initial.seen, commit(later.first), EdgeKind::rw, key);
    }
  }
}

void EventGraph::index() {
  begin_.assign(nodes_ + 1, 0);
  for (const Edge& edge : edges_) ++begin_[edge.from + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  targets_.resize(edges_.size());
  out_.resize(edges_.size());
  std::vector<std::uint32_t> place(begin_.begin(), begin_.end() - 1);
  for (EdgeId id = 0; id < edges_.size(); ++id) {
    const std::uint32_t at = place[edges_[id].from]++;
    targets_[at] = edges_[id].to;
    out_[at] = id;
  }
}

std::vector<Txn> EventGraph::members(std::size_t chain) const {
  std::vector<Txn> result;
  const Chain& of = chains_[chain];
  if (of.first == kInitial) return result;
  for (std::uint32_t at = problem_.write_of(of.first, of.key); at != kNone; at = next_[at]) {
    result.push_back(writers_[at]);
  }
  return result;
}

bool EventGraph::list_choices(Limits& limits) {
  std::size_t pairs = 0;
  const auto others = [&](KeyNumber key) -> std::size_t {
    return chain_begin_[key + 1] - chain_begin_[key] - 1;
  };
  for (KeyNumber key = 0; key < problem_.keys; ++key) pairs += others(key) * (others(key) - 1) / 2;
  if (pairs >= kNone / 2 || !limits.fits(pairs * sizeof(Choice))) return false;
  choices_.reserve(pairs);
  charge_.grow(pairs * sizeof(Choice));
  for (KeyNumber key = 0; key < problem_.keys; ++key) {
    for (std::uint32_t a = chain_begin_[key] + 1; a < chain_begin_[key + 1]; ++a) {
      for (std::uint32_t b = a + 1; b < chain_begin_[key + 1]; ++b) {
        // Two single writes that nobody read fit into any order of single events.
        const bool free = !two_events_ && chains_[a].seen == kNone && chains_[b].seen == kNone &&
                          chains_[a].first == chains_[a].last && chains_[b].first == chains_[b].last;
        if (!free) choices_.push_back({a, b});
      }
    }
  }
  return true;
}

EventGraph::Side EventGraph::side(std::uint32_t choice, int side) const {
  const Chain& before = chains_[side == 0 ? choices_[choice].first : choices_[choice].second];
  const Chain& after = chains_[side == 0 ? choices_[choice].second : choices_[choice].first];
  const std::uint32_t label = 2 * choice + static_cast<std::uint32_t>(side);
  Side result;
  result.edges[0] = {commit(before.last), start(after.first), before.key, EdgeKind::ww, label};
  result.edges[1] = {before.seen, commit(after.first), before.key, EdgeKind::rw, label};
  result.count = before.seen == kNone ? 1 : 2;
  return result;
}

std::size_t EventGraph::bytes() const {
  return edges_.capacity() * (sizeof(Edge) + sizeof(Node) + sizeof(EdgeId)) + begin_.capacity() * 4 +
         chains_.capacity() * sizeof(Chain) +
         (chain_begin_.capacity() + writers_.capacity() + next_.capacity() + previous_.capacity() +
          reader_begin_.capacity() + readers_.capacity()) *
             4;
}

bool sort_events(const EventGraph& graph, std::vector<Node>& order) {
  std::vector<std::uint32_t> waits(graph.node_count(), 0);
  for (const Edge& edge : graph.edges()) ++waits[edge.to];
  order.clear();
  order.reserve(graph.node_count());
  for (Node node = 0; node < graph.node_count(); ++node) {
    if (waits[node] == 0) order.push_back(node);
  }
  for (std::size_t at = 0; at < order.size(); ++at) {
    for (const Node target : graph.targets(order[at])) {
      if (--waits[target] == 0) order.push_back(target);
    }
  }
  return order.size() == graph.node_count();
}

}  // namespace assay::checkers::isolation
