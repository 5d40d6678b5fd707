#include "checkers/linearizability/models/counter.h"

namespace assay::checkers {

std::optional<Counter::State> Counter::step(const State& state, const Operation& op) const {
  const Mop& mop = op.mops.front();
  // Wrapping, so that absurd histories do no harm.
  const auto sum = [&] {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(state) +
                                     static_cast<std::uint64_t>(mop.argument.as_integer()));
  };
  const State after = mop.fn == Fn::add ? sum() : state;
  if (op.outcome == Outcome::info) return after;
  if (mop.fn == Fn::add && !mop.result.is_integer()) return after;
  const std::int64_t seen = mop.result.is_integer() ? mop.result.as_integer() : 0;
  if (seen != after) return std::nullopt;
  return after;
}

std::string Counter::objection(const Operation& op) const {
  if (std::string why = object_to(op, {Fn::add, Fn::read}); !why.empty()) return why;
  const Mop& mop = op.mops.front();
  if (mop.fn == Fn::add && !mop.argument.is_integer()) return "is an add of something that is no integer";
  if (mop.fn == Fn::read && op.outcome == Outcome::ok && !mop.result.is_integer() && !mop.result.is_nil())
    return "is a read that returned no integer";
  return {};
}

}  // namespace assay::checkers
