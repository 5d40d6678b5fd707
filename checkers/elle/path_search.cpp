#include "checkers/elle/path_search.h"

#include <algorithm>

namespace assay::checkers::elle {

namespace {
constexpr std::uint32_t kStart = UINT32_MAX;
constexpr std::uint64_t kStepsBetweenLooks = 4096;
}  // namespace

PathSearch::PathSearch(const SearchGraph& graph, Limits& limits)
    : graph_(graph), limits_(limits), states_(std::size_t{graph.nodes()} * 2) {}

bool PathSearch::find(const Query& query, std::vector<std::uint32_t>& edges) {
  if (exhausted()) return false;
  ++search_;
  queue_.clear();
  const std::uint32_t start = query.from * 2 + (query.apart && query.after_rw ? 1 : 0);
  states_[start] = {search_, 0, kStart, kStart};
  queue_.push_back(start);
  while (!queue_.empty()) {
    const std::uint32_t state = queue_.front();
    queue_.pop_front();
    const bool arrived = state / 2 == query.to && (!query.apart || state % 2 == 0);
    if (arrived) {
      collect(state, edges);
      return true;
    }
    if (!step(query, state)) return false;
  }
  return false;
}

// Goes on from a state. Edges out of virtual nodes cost nothing, so the queue is open at both ends.
bool PathSearch::step(const Query& query, std::uint32_t state) {
  const std::uint32_t node = state / 2;
  const std::uint32_t distance = states_[state].distance;
  for (std::uint32_t i = graph_.begin(node); i < graph_.end(node); ++i) {
    if (steps_left_ == 0 || (++steps_ % kStepsBetweenLooks == 0 && limits_.spent())) {
      steps_left_ = 0;
      return false;
    }
    --steps_left_;
    const Edge& edge = graph_.edge(i);
    if (!query.filter.admits(edge) || edge.to == query.avoid) continue;
    const bool pass = edge.kind == EdgeKind::pass;
    if (query.apart && is_anti(edge.kind) && state % 2 == 1) continue;
    const bool after_rw = query.apart && (pass ? state % 2 == 1 : is_anti(edge.kind));
    const std::uint32_t next_distance = distance + (pass ? 0 : 1);
    if (next_distance > query.length_max) continue;
    const std::uint32_t next = edge.to * 2 + (after_rw ? 1 : 0);
    if (states_[next].seen == search_ && states_[next].distance <= next_distance) continue;
    states_[next] = {search_, next_distance, i, state};
    if (pass) {
      queue_.push_front(next);
    } else {
      queue_.push_back(next);
    }
  }
  return true;
}

void PathSearch::collect(std::uint32_t state, std::vector<std::uint32_t>& edges) const {
  const auto first = static_cast<std::ptrdiff_t>(edges.size());
  while (states_[state].edge != kStart) {
    edges.push_back(states_[state].edge);
    state = states_[state].previous;
  }
  std::reverse(edges.begin() + first, edges.end());
}

}  // namespace assay::checkers::elle
