#include "checkers/linearizability/models/unordered_queue.h"

#include <algorithm>

namespace assay::checkers {

namespace {

UnorderedQueue::State without(UnorderedQueue::State state, std::size_t place) {
  state.erase(state.begin() + static_cast<std::ptrdiff_t>(place));
  return state;
}

}  // namespace

std::vector<UnorderedQueue::State> UnorderedQueue::step(const State& state, const Operation& op) const {
  const Mop& mop = op.mops.front();
  if (mop.fn == kPut) {
    State after = state;
    after.insert(std::lower_bound(after.begin(), after.end(), mop.argument), mop.argument);
    return {after};
  }
  std::vector<State> reached;
  if (op.outcome == Outcome::info || mop.result.is_nil()) {
    if (state.empty() || op.outcome == Outcome::info) reached.push_back(state);
    if (op.outcome == Outcome::ok) return reached;
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (i == 0 || state[i] != state[i - 1]) reached.push_back(without(state, i));
    }
    return reached;
  }
  const auto found = std::lower_bound(state.begin(), state.end(), mop.result);
  if (found != state.end() && *found == mop.result)
    reached.push_back(without(state, static_cast<std::size_t>(found - state.begin())));
  return reached;
}

}  // namespace assay::checkers
