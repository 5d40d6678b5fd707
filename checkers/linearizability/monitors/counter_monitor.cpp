// Counters: with one amount for all adds, a chain (chain.h). A read of the start plus k times the amount saw k
// steps; an add that returned the sum after it was the step before.
#include "checkers/linearizability/monitors/chain.h"
#include "checkers/linearizability/monitors/monitors.h"

namespace assay::checkers {

namespace {

// How many steps lead from the start to a sum. A sum that no number of steps gives has too many: more than
// there are operations.
std::uint64_t steps_to(std::int64_t sum, std::int64_t start, std::int64_t amount) {
  constexpr std::uint64_t kNever = UINT64_MAX - 1;
  const bool down = amount < 0;
  if (down ? sum > start : sum < start) return kNever;
  const auto distance = down ? static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(sum)
                             : static_cast<std::uint64_t>(sum) - static_cast<std::uint64_t>(start);
  const auto step = down ? 0 - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  return distance % step == 0 ? distance / step : kNever;
}

}  // namespace

ObjectVerdict monitor_counter(const History& history, std::span<const OpId> ids, std::int64_t start,
                              bool want_order, Limits& limits) {
  ObjectVerdict verdict;
  const std::size_t bytes = ids.size() * (kChainBytesPerOperation + (want_order ? sizeof(OpId) : 0));
  if (limits.spent() || !limits.fits(bytes)) return verdict;
  Charge charge(limits, bytes);
  std::vector<ChainOp> ops;
  ops.reserve(ids.size());
  std::int64_t amount = 0;
  for (const OpId id : ids) {
    if (ops.size() % kAskEvery == 0 && limits.spent()) return verdict;
    const Operation op = history.at(id);
    const Mop& mop = op.mops.front();
    ChainOp compact;
    compact.invoked = op.invoked;
    compact.completed = op.completed;
    compact.id = id;
    compact.is_look = mop.fn == Fn::read;
    if (!compact.is_look) {
      if (amount == 0) amount = mop.argument.as_integer();
      if (amount == 0 || mop.argument.as_integer() != amount) return verdict;
    }
    ops.push_back(compact);
  }
  // The sums must not wrap around. (Without an add, any amount will do.)
  constexpr std::int64_t kFar = INT64_MAX / 4;
  if (amount == 0) amount = 1;
  const auto most = static_cast<std::int64_t>(kFar / static_cast<std::int64_t>(ids.size() + 1));
  if (start > kFar || start < -kFar || amount > most || amount < -most) return verdict;
  for (ChainOp& op : ops) {
    if (op.id % kAskEvery == 0 && limits.spent()) return verdict;
    const Operation what = history.at(op.id);
    const Value& seen = what.mops.front().result;
    if (op.is_look) {
      op.step = steps_to(seen.is_integer() ? seen.as_integer() : 0, start, amount);
    } else if (what.outcome == Outcome::ok && seen.is_integer()) {
      const std::uint64_t after = steps_to(seen.as_integer(), start, amount);
      op.step = after == 0 ? UINT64_MAX - 1 : after - 1;
    }
  }
  ChainResult found = follow_chain(ops, 1, want_order, limits);
  verdict.verdict = found.verdict;
  verdict.order = std::move(found.order);
  verdict.stuck_at = found.stuck_at;
  verdict.conflict = std::move(found.conflict);
  return verdict;
}

}  // namespace assay::checkers
