// Strongly connected components of a graph that is given by a function, without recursion.
//
// Pearce, "A space-efficient algorithm for finding strongly connected components" (IPL 2016): one number a node.
//
// Thread safety: pure function. Complexity: linear in nodes and edges; 4 bytes a node, and 12 a node of the deepest path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"

namespace assay::checkers::elle {

struct Components {
  // Of each node; components are numbered downwards from node_count, in reverse topological order: an edge between two
  // components leads from a lower number to a higher one.
  std::vector<std::uint32_t> of;
  // Numbers of the components of more than one node.
  std::vector<std::uint32_t> cyclic;
};

// `successor(node, state)` returns the next successor of a node, or UINT32_MAX when there is none left; `state` is a
// std::uint32_t& that begins at 0. Returns false when the limits are spent.
template <class Successor>
bool strong_components(std::uint32_t node_count, const Successor& successor, Limits& limits,
                       Components& found) {
  struct Frame {
    std::uint32_t node;
    std::uint32_t state;
    bool root;
  };
  constexpr std::uint32_t kNone = UINT32_MAX;
  constexpr std::size_t kStepsBetweenLooks = std::size_t{1} << 14;
  std::vector<std::uint32_t>& number = found.of;
  number.assign(node_count, 0);
  found.cyclic.clear();
  std::vector<Frame> path;
  std::vector<std::uint32_t> open;  // visited, component not known yet
  std::uint32_t next = 1;
  std::uint32_t component = node_count;
  std::size_t steps = 0;
  for (std::uint32_t start = 0; start < node_count; ++start) {
    if (number[start] != 0) continue;
    path.push_back({start, 0, true});
    number[start] = next++;
    while (!path.empty()) {
      if (++steps % kStepsBetweenLooks == 0 && limits.spent()) return false;
      Frame& frame = path.back();
      const std::uint32_t to = successor(frame.node, frame.state);
      if (to != kNone) {
        if (number[to] == 0) {
          number[to] = next++;
          path.push_back({to, 0, true});
        } else if (number[to] < number[frame.node]) {
          number[frame.node] = number[to];
          frame.root = false;
        }
        continue;
      }
      const std::uint32_t node = frame.node;
      if (frame.root) {
        --next;
        bool alone = true;
        while (!open.empty() && number[node] <= number[open.back()]) {
          number[open.back()] = component;
          open.pop_back();
          --next;
          alone = false;
        }
        number[node] = component;
        if (!alone) found.cyclic.push_back(component);
        --component;
      } else {
        open.push_back(node);
      }
      path.pop_back();
      if (!path.empty() && number[node] < number[path.back().node]) {
        number[path.back().node] = number[node];
        path.back().root = false;
      }
    }
  }
  return true;
}

}  // namespace assay::checkers::elle
