// Every read of a counter lies between what surely counts and what may count.
#include <map>
#include <numeric>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/last_reads.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

namespace {

// Sums of amounts up to a moment.
class Sums {
 public:
  void add(Nanos time, std::int64_t amount) { amounts_[time] += amount; }
  void finish() {
    std::int64_t sum = 0;
    for (auto& [time, amount] : amounts_) amount = sum += amount;
  }
  std::int64_t before(Nanos time) const {
    const auto next = amounts_.lower_bound(time);
    return next == amounts_.begin() ? 0 : std::prev(next)->second;
  }

 private:
  std::map<Nanos, std::int64_t> amounts_;
};

// What surely and what maybe raised or lowered a counter, by time.
struct Counted {
  Sums raised, lowered, maybe_raised, maybe_lowered;
  std::int64_t unit = 0;
};

}  // namespace

std::string refute_counter(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"initial", "reads", "writes"});
  if (!wrong.empty()) return wrong;
  const std::int64_t initial = number_of(certificate, "initial").value_or(0);
  const bool writes_count = option_of(certificate, "writes", "no") == "yes";
  std::map<Key, Counted> counters;
  std::int64_t magnitude = initial < 0 ? -initial : initial;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read || op.outcome == Outcome::fail) continue;
      const bool write = writes_count && writes(mop);
      if (!write && (mop.fn != Fn::add || !mop.argument.is_integer()))
        return complain(op.id, "is no increment");
      const std::int64_t amount = write ? 1 : mop.argument.as_integer();
      if (amount == INT64_MIN || __builtin_add_overflow(magnitude, amount < 0 ? -amount : amount, &magnitude))
        return complain(op.id, "adds too much");
      Counted& counter = counters[mop.key];
      counter.unit = std::gcd(counter.unit, amount);
      (amount < 0 ? counter.maybe_lowered : counter.maybe_raised).add(op.invoked, amount);
      if (op.outcome == Outcome::ok)
        (amount < 0 ? counter.lowered : counter.raised).add(op.completed, amount);
    }
  }
  for (auto& [key, counter] : counters) {
    for (Sums* sums : {&counter.raised, &counter.lowered, &counter.maybe_raised, &counter.maybe_lowered})
      sums->finish();
  }
  const bool only_last = option_of(certificate, "reads", "all") == "final";
  const auto last = last_reads(history);
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || op.outcome != Outcome::ok) continue;
      const auto of_key = last.find(mop.key);
      if (only_last && (of_key == last.end() || !of_key->second.contains(op.id))) continue;
      const Counted& counter = counters[mop.key];
      if (!mop.result.is_nil() && !mop.result.is_integer()) return complain(op.id, "found no number");
      const std::int64_t value = mop.result.is_nil() ? initial : mop.result.as_integer();
      const Nanos after = op.completed + 1;
      if (value < initial + counter.raised.before(op.invoked) + counter.maybe_lowered.before(after))
        return complain(op.id, "found less than there must be");
      if (value > initial + counter.lowered.before(op.invoked) + counter.maybe_raised.before(after))
        return complain(op.id, "found more than there can be");
      if (counter.unit > 1 && (value - initial) % counter.unit != 0)
        return complain(op.id, "found part of an increment");
    }
  }
  return {};
}

}  // namespace assay::checkers
