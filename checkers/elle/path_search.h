// Shortest paths in a search graph, within a budget of steps that a class of cycles shares.
//
// A path may be forbidden to take two anti-dependencies in a row (`apart`), and to pass a node (`avoid`).
//
// Thread safety: none. Complexity: linear in the edges within the depth asked for; memory 32 bytes a node.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/search_graph.h"

namespace assay::checkers::elle {

class PathSearch {
 public:
  static constexpr std::uint32_t kNobody = UINT32_MAX;

  struct Query {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Filter filter;
    std::uint32_t avoid = kNobody;
    bool apart = false;            // no two anti-dependencies in a row, nor one at the end
    bool after_rw = false;         // an anti-dependency led to `from`
    std::uint32_t length_max = 0;  // in edges, those out of virtual nodes not counted
  };

  PathSearch(const SearchGraph& graph, Limits& limits);

  static std::size_t bytes(std::uint32_t nodes) { return nodes * std::size_t{32}; }

  void set_budget(std::uint64_t steps) { steps_left_ = steps; }
  bool exhausted() const { return steps_left_ == 0; }

  // Appends the edges of a shortest path, as they are in the graph. False if there is none, or none was found in time.
  bool find(const Query& query, std::vector<std::uint32_t>& edges);

 private:
  struct State {
    std::uint32_t seen = 0;  // the search that came here
    std::uint32_t distance = 0;
    std::uint32_t edge = 0;      // that led here
    std::uint32_t previous = 0;  // state
  };

  bool step(const Query& query, std::uint32_t state);
  void collect(std::uint32_t state, std::vector<std::uint32_t>& edges) const;

  const SearchGraph& graph_;
  Limits& limits_;
  std::vector<State> states_;  // two a node: not after an anti-dependency, after one
  std::deque<std::uint32_t> queue_;
  std::uint32_t search_ = 0;
  std::uint64_t steps_left_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace assay::checkers::elle
