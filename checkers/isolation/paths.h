// Shortest paths and cycles in a graph of events, where some edges cost one, others nothing, and some may not be used.
//
// Thread safety: none; one thread each. Complexity: linear in the part of the graph that is reached; its memory is kept
// from one search to the next. Memory: 16 bytes an event.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "checkers/isolation/event_graph.h"

namespace assay::checkers::isolation {

inline constexpr int kForbidden = -1;  // as the cost of an edge

class PathFinder {
 public:
  explicit PathFinder(const EventGraph& graph) : graph_(graph) {}

  // The edges of a cheapest path, first to last; empty if there is none, or if `from` is `to`. `cost` maps an edge to
  // 0, 1 or kForbidden. Deterministic: of equally cheap paths the one found first in order of edges.
  template <class Cost>
  bool find(Node from, Node to, Cost cost, std::vector<EdgeId>& path) {
    path.clear();
    if (from == to) return true;
    begin_search();
    reach(from, 0, kNone);
    queue_.push_back(from);
    while (!queue_.empty()) {
      const Node node = queue_.front();
      queue_.pop_front();
      if (settled_[node] == search_) continue;
      settled_[node] = search_;
      if (node == to) break;
      for (const EdgeId id : graph_.out(node)) {
        const Edge& edge = graph_.edges()[id];
        const int price = cost(edge);
        if (price == kForbidden || settled_[edge.to] == search_) continue;
        const std::uint32_t total = distance_[node] + static_cast<std::uint32_t>(price);
        if (seen_[edge.to] == search_ && distance_[edge.to] <= total) continue;
        reach(edge.to, total, id);
        if (price == 0) {
          queue_.push_front(edge.to);
        } else {
          queue_.push_back(edge.to);
        }
      }
    }
    queue_.clear();
    if (settled_[to] != search_) return false;
    for (Node node = to; node != from; node = graph_.edges()[came_by_[node]].from)
      path.push_back(came_by_[node]);
    std::reverse(path.begin(), path.end());
    return true;
  }

 private:
  void begin_search() {
    seen_.resize(graph_.node_count(), 0);
    settled_.resize(graph_.node_count(), 0);
    distance_.resize(graph_.node_count(), 0);
    came_by_.resize(graph_.node_count(), kNone);
    ++search_;
  }
  void reach(Node node, std::uint32_t distance, EdgeId by) {
    seen_[node] = search_;
    distance_[node] = distance;
    came_by_[node] = by;
  }

  const EventGraph& graph_;
  std::uint32_t search_ = 0;
  std::vector<std::uint32_t> seen_, settled_, distance_;
  std::vector<EdgeId> came_by_;
  std::deque<Node> queue_;
};

// Numbers the strongly connected components of the events (Tarjan 1972); two events lie on a common cycle if and only if
// they have the same number. An event of no cycle has kNone.
std::vector<std::uint32_t> components(const EventGraph& graph);

}  // namespace assay::checkers::isolation
