// The cyclic part of a dependency graph with the order of processes and of real time added, made for searching: edges
// sorted by their origin, and a filter that says which of them a search may take.
//
// Each order is a chain of virtual nodes within a component, so that it takes a number of edges linear in the operations.
//
// Thread safety: const once built. Complexity: linear.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/cyclic_part.h"
#include "checkers/elle/edge.h"
#include "harness/core/history.h"

namespace assay::checkers::elle {

struct Filter {
  bool ww = true;
  bool wr = false;
  bool rw = false;
  bool predicate_rw = false;
  Evidence evidence = Evidence::observed;
  Strength strength = Strength::plain;

  bool admits(const Edge& edge) const {
    return (ww || edge.kind != EdgeKind::ww) && (wr || edge.kind != EdgeKind::wr) &&
           (rw || edge.kind != EdgeKind::rw) && (predicate_rw || edge.kind != EdgeKind::predicate_rw) &&
           edge.evidence <= evidence && edge.strength <= strength;
  }
};

class SearchGraph {
 public:
  SearchGraph(const CyclicPart& part, const History& history, Limits& limits);

  // False when the limits were spent; then nothing else may be asked.
  bool complete() const { return complete_; }

  std::uint32_t nodes() const { return nodes_; }
  bool is_virtual(std::uint32_t node) const { return node >= part_.operations; }
  OpId operation(std::uint32_t node) const { return part_.original[node]; }
  std::uint32_t begin(std::uint32_t node) const { return begin_[node]; }
  std::uint32_t end(std::uint32_t node) const { return begin_[node + 1]; }
  const Edge& edge(std::uint32_t number) const { return edges_[number]; }
  std::uint32_t edge_count() const { return static_cast<std::uint32_t>(edges_.size()); }

  static std::size_t bytes(const CyclicPart& part) {
    return part.edges.size() * sizeof(Edge) + std::size_t{part.operations} * (6 * sizeof(Edge) + 24);
  }

 private:
  bool add_real_time(const History& history, const std::vector<std::uint32_t>& by_component);
  bool add_processes(const History& history, const std::vector<std::uint32_t>& by_component);
  bool sort_edges();
  void add(std::uint32_t from, std::uint32_t to, EdgeKind kind, Strength strength);

  const CyclicPart& part_;
  Limits& limits_;
  bool complete_ = false;
  std::uint32_t nodes_ = 0;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> begin_;
};

}  // namespace assay::checkers::elle
