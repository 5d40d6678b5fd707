#include "checkers/elle/search_graph.h"

#include <algorithm>

namespace assay::checkers::elle {

namespace {}

SearchGraph::SearchGraph(const CyclicPart& part, const History& history, Limits& limits)
    : part_(part), limits_(limits), nodes_(part.nodes() + 2 * part.operations), edges_(part.edges) {
  // Operations of one component side by side, in order of invocation.
  std::vector<std::uint32_t> next(std::size_t{part.components} + 1, 0);
  for (std::uint32_t node = 0; node < part.operations; ++node) ++next[part.component[node] + 1];
  for (std::size_t i = 0; i < part.components; ++i) next[i + 1] += next[i];
  std::vector<std::uint32_t> by_component(part.operations);
  for (std::uint32_t node = 0; node < part.operations; ++node)
    by_component[next[part.component[node]]++] = node;
  complete_ = add_processes(history, by_component) && add_real_time(history, by_component) && sort_edges();
}

void SearchGraph::add(std::uint32_t from, std::uint32_t to, EdgeKind kind, Strength strength) {
  edges_.push_back({from, to, kind, Evidence::observed, strength, 0, 0});
}

bool SearchGraph::add_processes(const History& history, const std::vector<std::uint32_t>& by_component) {
  struct Step {
    std::uint32_t node;
    ProcessId process;
    bool ok;
  };
  const std::uint32_t first_link = part_.nodes();
  std::vector<Step> steps;
  for (std::size_t begin = 0; begin < by_component.size();) {
    std::size_t end = begin;
    steps.clear();
    while (end < by_component.size() &&
           part_.component[by_component[end]] == part_.component[by_component[begin]]) {
      const Operation op = history.at(operation(by_component[end]));
      steps.push_back({by_component[end], op.process, op.outcome == Outcome::ok});
      ++end;
      if (end % kAskEvery == 0 && limits_.spent()) return false;
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step& a, const Step& b) { return a.process < b.process; });
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::uint32_t link = first_link + steps[i].node;
      add(link, steps[i].node, EdgeKind::pass, Strength::plain);
      if (i + 1 == steps.size() || steps[i + 1].process != steps[i].process) continue;
      const std::uint32_t next = first_link + steps[i + 1].node;
      add(link, next, EdgeKind::pass, Strength::plain);
      if (steps[i].ok) add(steps[i].node, next, EdgeKind::process, Strength::process);
    }
    begin = end;
  }
  return !limits_.spent();
}

bool SearchGraph::add_real_time(const History& history, const std::vector<std::uint32_t>& by_component) {
  const std::uint32_t first_link = part_.nodes() + part_.operations;
  for (std::size_t begin = 0; begin < by_component.size();) {
    Times times;
    std::size_t end = begin;
    while (end < by_component.size() &&
           part_.component[by_component[end]] == part_.component[by_component[begin]]) {
      const Operation op = history.at(operation(by_component[end]));
      times.invoked.push_back(op.invoked);
      times.completed.push_back(op.outcome == Outcome::ok ? op.completed : kNever);
      ++end;
      if (end % kAskEvery == 0 && limits_.spent()) return false;
    }
    for (OpId i = 0; i < times.size(); ++i) {
      if (i % kAskEvery == kAskEvery - 1 && limits_.spent()) return false;
      const std::uint32_t node = by_component[begin + i];
      add(first_link + node, node, EdgeKind::pass, Strength::plain);
      if (i + 1 < times.size()) {
        add(first_link + node, first_link + by_component[begin + i + 1], EdgeKind::pass, Strength::plain);
      }
      const OpId after = times.first_after(i);
      if (after != kNoOp) {
        add(node, first_link + by_component[begin + after], EdgeKind::realtime, Strength::realtime);
      }
    }
    begin = end;
  }
  return !limits_.spent();
}

bool SearchGraph::sort_edges() {
  begin_.assign(std::size_t{nodes_} + 2, 0);
  for (const Edge& edge : edges_) ++begin_[edge.from + 2];
  for (std::size_t i = 2; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  if (limits_.spent()) return false;
  std::vector<Edge> sorted(edges_.size());
  for (const Edge& edge : edges_) sorted[begin_[edge.from + 1]++] = edge;
  edges_ = std::move(sorted);
  return !limits_.spent();
}

}  // namespace assay::checkers::elle
