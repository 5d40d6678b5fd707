// Replays operations of one step each, every key with a state of its own.
//
// Thread safety: none. Complexity: the logarithm of the keys, and the step.
#pragma once

#include <map>
#include <utility>

#include "checkers/verify/replay.h"

namespace assay::checkers {

// One step an operation, on the state of its key. Requires: State{...}.step(mop, whether its result is known).
template <class State>
class OneStep final : public Replay {
 public:
  explicit OneStep(State initial) : initial_(std::move(initial)) {}
  bool apply(const Operation& op) override {
    if (op.mops.size() != 1) return false;
    State& state = states_.try_emplace(op.mops.front().key, initial_).first->second;
    return state.step(op.mops.front(), op.outcome == Outcome::ok);
  }

 private:
  State initial_;
  std::map<Key, State> states_;
};

}  // namespace assay::checkers
