// The part of a dependency graph that lies on cycles: found in one pass over the whole graph with real time, so that a
// history without any cycle costs no more than that pass.
//
// Thread safety: functions of their arguments. Complexity: linear in nodes and edges; 4 bytes an edge and 16 a node.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/components.h"
#include "checkers/elle/edge.h"
#include "checkers/elle/time_order.h"

namespace assay::checkers::elle {

// Nodes of the components of more than one node, numbered anew: operations first, then virtual nodes.
struct CyclicPart {
  std::vector<std::uint32_t> original;   // of each node; the operation's id for the first `operations`
  std::vector<std::uint32_t> component;  // of each node, dense
  std::uint32_t operations = 0;
  std::uint32_t components = 0;
  std::vector<Edge> edges;  // between nodes of one component

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(original.size()); }
  bool is_virtual(std::uint32_t node) const { return node >= operations; }
};

// Successors of every node in one array.
struct Successors {
  std::vector<std::uint32_t> begin;
  std::vector<std::uint32_t> to;
};

template <class Graph>
Successors successors_of(const Graph& graph) {
  Successors made;
  made.begin.assign(std::size_t{graph.nodes()} + 2, 0);
  graph.visit_edges([&](const Edge& edge) { ++made.begin[edge.from + 2]; });
  for (std::size_t i = 2; i < made.begin.size(); ++i) made.begin[i] += made.begin[i - 1];
  made.to.resize(made.begin.back());
  graph.visit_edges([&](const Edge& edge) { made.to[made.begin[edge.from + 1]++] = edge.to; });
  return made;
}

// Components of the graph with one more edge from each operation, to `next` (kNoOp: none). With `real_time` there is a
// chain of one more node an operation, behind all others: link i leads to operation i and to link i + 1, so that
// everything invoked from some operation on is one edge away.
inline bool components_in_order(const Successors& graph, std::uint32_t nodes, const std::vector<OpId>& next,
                                bool real_time, Limits& limits, Components& components) {
  constexpr std::uint32_t kNone = UINT32_MAX;
  const auto operations = static_cast<std::uint32_t>(next.size());
  const auto successor = [&](std::uint32_t node, std::uint32_t& state) -> std::uint32_t {
    if (node >= nodes) {
      const std::uint32_t op = node - nodes;
      if (state == 0) {
        state = 1;
        return op;
      }
      if (state == 1 && op + 1 < operations) {
        state = 2;
        return node + 1;
      }
      return kNone;
    }
    const std::uint32_t at = graph.begin[node] + state;
    if (at < graph.begin[node + 1]) {
      ++state;
      return graph.to[at];
    }
    if (at == graph.begin[node + 1] && node < operations && next[node] != kNoOp) {
      ++state;
      return next[node];
    }
    return kNone;
  };
  return strong_components(nodes + (real_time ? operations : 0), successor, limits, components);
}

// Of each node, the number of its component if that is cyclic, else UINT32_MAX; empty when none is. Counts real time.
inline bool find_cyclic_nodes(const Successors& graph, std::uint32_t nodes, const Times& times,
                              Limits& limits, std::vector<std::uint32_t>& component_of) {
  std::vector<OpId> next(times.size());
  for (OpId id = 0; id < times.size(); ++id) {
    const OpId after = times.first_after(id);
    next[id] = after == kNoOp ? kNoOp : nodes + after;
  }
  Components components;
  if (!components_in_order(graph, nodes, next, true, limits, components)) return false;
  component_of.clear();
  if (components.cyclic.empty()) return true;
  std::vector<std::uint32_t> dense(components.of.size() + 1, UINT32_MAX);
  for (std::uint32_t i = 0; i < components.cyclic.size(); ++i) dense[components.cyclic[i]] = i;
  component_of.resize(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) component_of[node] = dense[components.of[node]];
  return true;
}

// Graph: nodes(), operations(), edges_max(), visit_edges(visit(edge)). Returns false when the limits are spent.
template <class Graph>
bool cyclic_part(const Graph& graph, const Times& times, Limits& limits, Charge& charge, CyclicPart& part) {
  const std::uint32_t nodes = graph.nodes();
  std::vector<std::uint32_t> component_of;
  {
    const std::size_t bytes = graph.edges_max() * 4 + nodes * std::size_t{4} + times.size() * std::size_t{28};
    if (!limits.fits(bytes) || limits.spent()) return false;
    Charge own(limits, bytes);
    const Successors successors = successors_of(graph);
    if (limits.spent() || !find_cyclic_nodes(successors, nodes, times, limits, component_of)) return false;
  }
  if (component_of.empty()) return true;
  std::vector<std::uint32_t> number(nodes, UINT32_MAX);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    if (component_of[node] == UINT32_MAX) continue;
    number[node] = part.nodes();
    part.original.push_back(node);
    part.component.push_back(component_of[node]);
    part.components = std::max(part.components, component_of[node] + 1);
    if (node < graph.operations()) part.operations = part.nodes();
  }
  graph.visit_edges([&](const Edge& edge) {
    if (component_of[edge.from] == UINT32_MAX || component_of[edge.from] != component_of[edge.to]) return;
    part.edges.push_back(edge);
    part.edges.back().from = number[edge.from];
    part.edges.back().to = number[edge.to];
  });
  charge.grow(part.edges.capacity() * sizeof(Edge) + part.original.capacity() * 8);
  return !limits.spent();
}

}  // namespace assay::checkers::elle
