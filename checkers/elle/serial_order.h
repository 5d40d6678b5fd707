// A serial order of all operations that respects every dependency, and process or real-time order if asked: the certificate
// of a history without cycles.
//
// Thread safety: pure functions. Complexity: linear.
#pragma once

#include <map>
#include <vector>

#include "checkers/elle/cyclic_part.h"

namespace assay::checkers::elle {

// The next ok operation of the same process that did not fail, of each ok operation; kNoOp when there is none.
inline std::vector<OpId> next_of_process(const History& history) {
  std::vector<OpId> next(history.size(), kNoOp);
  std::map<ProcessId, OpId> last;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::fail) continue;
    const auto [before, first] = last.try_emplace(op.process, op.id);
    if (!first) next[before->second] = op.id;
    if (op.outcome == Outcome::ok) {
      before->second = op.id;
    } else {
      last.erase(before);
    }
  }
  return next;
}

// Returns false when there is a cycle or the limits are spent.
template <class Graph>
bool serial_order(const Graph& graph, const History& history, const Times& times, Strength strength,
                  Limits& limits, std::vector<OpId>& order) {
  const std::size_t bytes = (std::size_t{graph.nodes()} + times.size()) * 32;
  if (!limits.fits(bytes)) return false;
  Charge charge(limits, bytes);
  const Successors successors = successors_of(graph);
  const bool real_time = strength == Strength::realtime;
  std::vector<OpId> next(times.size(), kNoOp);
  if (strength == Strength::process) next = next_of_process(history);
  for (OpId id = 0; real_time && id < times.size(); ++id) {
    const OpId after = times.first_after(id);
    next[id] = after == kNoOp ? kNoOp : graph.nodes() + after;
  }
  Components components;
  if (!components_in_order(successors, graph.nodes(), next, real_time, limits, components)) return false;
  if (!components.cyclic.empty()) return false;
  std::vector<OpId> at(components.of.size() + 1, kNoOp);
  for (OpId id = 0; id < times.size(); ++id) at[components.of[id]] = id;
  for (const OpId id : at) {
    if (id != kNoOp) order.push_back(id);
  }
  return true;
}

}  // namespace assay::checkers::elle
