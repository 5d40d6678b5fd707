// What must happen before what, as a graph of events, and what is still open. A serializable transaction is one event,
// one under snapshot isolation two: its start, when it sees, and its commit, when it is seen. With `a` and `b`
// transactions, what is known becomes edges:
//   session, real time   commit(a) -> start(b)
//   wr  b reads from a   commit(a) -> start(b)
//   ww  b overwrites a   commit(a) -> start(b)    (of two that write a key one commits before the other starts)
//   rw  b overwrites what a read      start(a) -> commit(b)
// A history is serializable, or snapshot isolated, if and only if the versions of each key can be ordered so that the
// graph has no cycle: Papadimitriou 1979 for one event; for two, Cerone & Gotsman 2018 say that every cycle must have
// two adjacent rw edges, and with start(a) -> commit(a) but not back, two adjacent rw edges do not connect. This is the
// BC-polygraph of Viper (Zhang et al., EuroSys 2023).
//
// The versions of a key come in chains, each known to stand together and in which order: a transaction that read a
// version and wrote the key comes right after it, and for lists reads show the order. The chain that begins with the
// initial state is first. The order of any two others of a key is open: a choice, of which each side is two edges:
//   A before B:   commit(last of A) -> start(first of B),   seen(A) -> commit(first of B)
// where seen(A) is an event of our own, after the starts of all that read the last version of A.
//
// Thread safety: a const EventGraph may be read by any number of threads. Complexity: near linear, but for the choices,
// of which there is one per pair of chains of a key. Memory: 28 bytes an edge.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/problem.h"

namespace assay::checkers::isolation {

using Node = std::uint32_t;
using EdgeId = std::uint32_t;

enum class EdgeKind : std::uint8_t { own, session, real_time, wr, ww, rw, seen };

struct Edge {
  Node from = 0;
  Node to = 0;
  KeyNumber key = 0;  // of wr, ww, rw, seen
  EdgeKind kind = EdgeKind::own;
  std::uint32_t choice = kNone;  // of a side that was chosen or forced: 2 * choice + side
};

struct Chain {
  KeyNumber key = 0;
  Txn first = kInitial;
  Txn last = kInitial;  // kInitial: the chain is the initial state alone
  Node seen = kNone;    // kNone: nobody read the last version
};

// The order of two chains: side 0 has `first` before `second`, side 1 the reverse.
struct Choice {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

class EventGraph {
 public:
  // With `plain_order` an edge for each pair in real time, for small problems that are to be explained.
  EventGraph(const Problem& problem, Level level, Order order, bool plain_order, Charge& charge);

  std::size_t node_count() const { return nodes_; }
  Node start(Txn txn) const { return two_events_ ? 2 * txn : txn; }
  Node commit(Txn txn) const { return two_events_ ? 2 * txn + 1 : txn; }
  // kNone for an event of our own.
  Txn txn_of(Node node) const {
    const Txn txn = two_events_ ? node / 2 : node;
    return txn < problem_.size() ? txn : kNone;
  }
  bool is_start(Node node) const { return !two_events_ || node % 2 == 0; }
  bool two_events() const { return two_events_; }

  const std::vector<Edge>& edges() const { return edges_; }
  // After changes index() must be called.
  void add_edge(const Edge& edge) { edges_.push_back(edge); }
  void forget_edges_from(std::size_t count) { edges_.resize(count); }
  void index();
  std::span<const Node> targets(Node node) const {
    return std::span(targets_).subspan(begin_[node], begin_[node + 1] - begin_[node]);
  }
  std::span<const EdgeId> out(Node node) const {
    return std::span(out_).subspan(begin_[node], begin_[node + 1] - begin_[node]);
  }

  // Chains of each key one after the other, that of the initial state first.
  std::span<const Chain> chains() const { return chains_; }
  const Chain& chain(std::size_t number) const { return chains_[number]; }
  std::span<const std::uint32_t> chain_begin() const { return chain_begin_; }
  // The writers of a chain in order.
  std::vector<Txn> members(std::size_t chain) const;

  // Two transactions that read the same version of a key and overwrote it, and who wrote that version if somebody did;
  // empty if there are none. Whichever came second did not see the first.
  const std::vector<Txn>& lost_update() const { return lost_update_; }

  // Somebody who read what was written there (a place in Problem::writes), or kNone.
  Txn reader_of(std::uint32_t write) const {
    return reader_begin_[write] == reader_begin_[write + 1] ? kNone : readers_[reader_begin_[write]];
  }

  // Pairs of chains that are open; none until list_choices(), which may be left for later. Returns false, having done
  // nothing, if the budget cannot hold them.
  bool list_choices(Limits& limits);
  const std::vector<Choice>& choices() const { return choices_; }
  // The edges of a side; the second may be missing, then the count is 1.
  struct Side {
    std::array<Edge, 2> edges;
    std::size_t count = 0;
  };
  Side side(std::uint32_t choice, int side) const;

  const Problem& problem() const { return problem_; }
  Order order() const { return order_; }
  std::size_t bytes() const;

 private:
  void add(Node from, Node to, EdgeKind kind, KeyNumber key = 0) {
    edges_.push_back({from, to, key, kind, kNone});
  }
  void add_sessions();
  void add_real_time(bool plain);
  void link_versions();
  void link_update(std::uint32_t version, std::uint32_t write, Txn txn);
  void link(std::uint32_t earlier, std::uint32_t later);
  bool reads(Txn txn, KeyNumber key, Txn writer) const;
  void add_dependencies();
  void add_chains();
  void add_initial_chains();
  std::uint32_t version_of(const Problem::Read& read) const;
  Txn writer_of(std::uint32_t version) const {
    return version < writers_.size() ? writers_[version] : kInitial;
  }

  const Problem& problem_;
  bool two_events_;
  Order order_;
  Charge& charge_;
  Node nodes_ = 0;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> begin_;
  std::vector<Node> targets_;
  std::vector<EdgeId> out_;
  std::vector<Chain> chains_;
  std::vector<std::uint32_t> chain_begin_;
  std::vector<Choice> choices_;
  // Versions: those written have the place of the write, then comes the initial one of each key.
  std::vector<Txn> writers_;
  std::vector<std::uint32_t> next_, previous_;
  std::vector<std::uint32_t> reader_begin_;
  std::vector<Txn> readers_;
  std::vector<Txn> lost_update_;
};

// Events in an order in which every edge goes forward. Returns false if there is none; then `order` has those events
// only that no cycle keeps back.
bool sort_events(const EventGraph& graph, std::vector<Node>& order);

}  // namespace assay::checkers::isolation
