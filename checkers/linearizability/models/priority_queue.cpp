#include "checkers/linearizability/models/priority_queue.h"

#include <algorithm>
#include <functional>

namespace assay::checkers {

std::optional<PriorityQueue::State> PriorityQueue::step(const State& state, const Operation& op) const {
  const Mop& mop = op.mops.front();
  State after = state;
  if (mop.fn == kPut) {
    after.insert(std::lower_bound(after.begin(), after.end(), mop.argument, std::greater<>()), mop.argument);
    return after;
  }
  if (op.outcome == Outcome::ok && mop.result != (state.empty() ? Value() : state.back()))
    return std::nullopt;
  if (!after.empty()) after.pop_back();
  return after;
}

}  // namespace assay::checkers
