#include "checkers/linearizability/models/stack.h"

namespace assay::checkers {

// Whether what is put on top can be out before everything below it has to be.
bool Stack::may_cover(const State& state, const Value& value) const {
  std::size_t lost = times.is_lost(value) ? 1 : 0;
  for (auto below = state.rbegin(); below != state.rend(); ++below) {
    if (!times.can_precede(value, *below)) return false;
    if (times.is_lost(*below)) {
      ++lost;
    } else if (!times.may_stay(*below) && lost > times.thieves_before(*below)) {
      return false;
    }
  }
  return true;
}

std::optional<Stack::State> Stack::step(const State& state, const Operation& op) const {
  const Mop& mop = op.mops.front();
  State after = state;
  if (mop.fn == kPut) {
    if (!may_cover(state, mop.argument)) return std::nullopt;
    after.push_back(mop.argument);
    return after;
  }
  if (op.outcome == Outcome::ok && mop.result != (state.empty() ? Value() : state.back()))
    return std::nullopt;
  if (!after.empty()) after.pop_back();
  return after;
}

}  // namespace assay::checkers
