#include "checkers/linearizability/models/mutex.h"

namespace assay::checkers {

std::optional<Mutex::State> Mutex::step(const State& held, const Operation& op) const {
  const bool acquires = op.mops.front().fn == Fn::acquire;
  if (acquires == held) return std::nullopt;
  return acquires;
}

std::uint64_t FencedMutex::hash(const State& state) const {
  return (static_cast<std::uint64_t>(state.token) * 4 + (state.held ? 2 : 0) + (state.exact ? 1 : 0)) *
         0x9e3779b97f4a7c15u;
}

std::optional<FencedMutex::State> FencedMutex::step(const State& state, const Operation& op) const {
  const Mop& mop = op.mops.front();
  State after = state;
  if ((mop.fn == Fn::acquire) == state.held) return std::nullopt;
  after.held = mop.fn == Fn::acquire;
  if (mop.fn == Fn::acquire) {
    if (op.outcome == Outcome::ok && mop.result.is_integer()) {
      if (mop.result.as_integer() <= state.token && state.token != INT64_MIN) return std::nullopt;
      after.token = mop.result.as_integer();
      after.exact = true;
    } else {
      if (state.token != INT64_MIN) after.token = state.token + 1;
      after.exact = false;
    }
    return after;
  }
  if (!mop.argument.is_integer()) return after;
  const std::int64_t token = mop.argument.as_integer();
  if (state.exact ? token != state.token : token < state.token) return std::nullopt;
  after.token = token;
  after.exact = true;
  return after;
}

Separable FencedMutex::parts(const Operation& op, std::vector<Part>& parts) const {
  const Mop& mop = op.mops.front();
  const bool acquires = mop.fn == Fn::acquire;
  const Value& token = acquires ? mop.result : mop.argument;
  // What may not have happened has not, where there is nothing for it to do any more.
  if (op.outcome == Outcome::info && (acquires || !token.is_integer())) return Separable::no;
  if (!token.is_integer()) return Separable::spoils_all;
  parts.push_back({mop.key, token, acquires});
  return Separable::yes;
}

}  // namespace assay::checkers
