#include "checkers/linearizability/models/fifo_queue.h"

namespace assay::checkers {

// Whether everything in front can be out before what is put behind it has to be.
bool FifoQueue::may_follow(const State& state, const Value& value) const {
  if (!ranks.can_be_number(state.taken + state.elements.size(), value)) return false;
  std::size_t lost = 0;
  for (const Value& front : state.elements) {
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
    after.elements.push_back(mop.argument);
    return after;
  }
  const bool empty = state.elements.empty();
  if (op.outcome == Outcome::ok && mop.result != (empty ? Value() : state.elements.front()))
    return std::nullopt;
  if (empty) return state;
  return State{state.taken + 1, {state.elements.begin() + 1, state.elements.end()}};
}

}  // namespace assay::checkers
