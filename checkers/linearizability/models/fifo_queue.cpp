#include "checkers/linearizability/models/fifo_queue.h"

namespace assay::checkers {

// Whether everything in front can be out before what is put behind it has to be.
bool FifoQueue::may_follow(const State& state, const Value& value) const {
  std::size_t lost = 0;
  for (const Value& front : state) {
    if (!times.can_precede(front, value)) return false;
    lost += times.is_lost(front) ? 1 : 0;
  }
  return lost <= times.thieves_before(value) || times.may_stay(value);
}

std::optional<FifoQueue::State> FifoQueue::step(const State& state, const Operation& op) const {
  const Mop& mop = op.mops.front();
  if (mop.fn == kPut) {
    if (!may_follow(state, mop.argument)) return std::nullopt;
    State after = state;
    after.push_back(mop.argument);
    return after;
  }
  if (op.outcome == Outcome::ok && mop.result != (state.empty() ? Value() : state.front()))
    return std::nullopt;
  return state.empty() ? state : State(state.begin() + 1, state.end());
}

}  // namespace assay::checkers
