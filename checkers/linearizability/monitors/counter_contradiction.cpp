// Two operations that saw a counter, or its start and one of them: what was added between them for sure is
// more, or what can have been added is less, than the difference of what they saw. Holds where no add takes
// away what another gave.
#include <algorithm>
#include <optional>

#include "checkers/linearizability/contradiction.h"
#include "checkers/linearizability/sweep.h"

namespace assay::checkers {

namespace {

// An operation that says what the sum was; `before` and `after` its own amount.
struct Sight {
  Nanos invoked = INT64_MIN;
  Nanos completed = INT64_MIN;
  std::int64_t before = 0, after = 0;
  OpId id = kNone;  // kNone: the start
};

struct Addition {
  Nanos invoked, completed;
  std::int64_t amount;
  OpId id;
};

class CounterContradiction {
 public:
  CounterContradiction(const History& history, std::span<const OpId> ids, std::int64_t start)
      : history_(history), ids_(ids), start_(start) {}

  Contradiction find(OpId stuck_at) {
    if (!collect()) return {};
    if (!same_sum() && !odd_sum(stuck_at)) search(stuck_at);
    std::sort(found_.witness.begin(), found_.witness.end());
    return std::move(found_);
  }

 private:
  static constexpr std::int64_t kFar = INT64_MAX / 4;
  static constexpr std::size_t kSightsTried = 64;

  // Everything is turned round where adds take away. False where amounts go both ways, or are absurd.
  bool collect() {
    bool up = false, down = false;
    std::int64_t total = 0;
    for (const OpId id : ids_) {
      const Mop& mop = history_.at(id).mops.front();
      if (mop.fn != Fn::add) continue;
      const std::int64_t amount = mop.argument.as_integer();
      up = up || amount > 0;
      down = down || amount < 0;
      if (amount > kFar || amount < -kFar) return false;
      total += amount > 0 ? amount : -amount;
      if (total > kFar) return false;
    }
    if ((up && down) || start_ > kFar || start_ < -kFar) return false;
    sign_ = down ? -1 : 1;
    for (const OpId id : ids_) add(history_.at(id));
    sights_.push_back({INT64_MIN, INT64_MIN, sign_ * start_, sign_ * start_, kNone});
    return true;
  }

  void add(const Operation& op) {
    const Mop& mop = op.mops.front();
    const std::int64_t amount = mop.fn == Fn::add ? sign_ * mop.argument.as_integer() : 0;
    if (mop.fn == Fn::add) additions_.push_back({op.invoked, op.completed, amount, op.id});
    const bool sees = op.outcome == Outcome::ok && (mop.fn == Fn::read || mop.result.is_integer());
    if (!sees) return;
    const std::int64_t sum = mop.result.is_integer() ? mop.result.as_integer() : 0;
    if (sum > kFar || sum < -kFar) return;
    sights_.push_back({op.invoked, op.completed, sign_ * sum - amount, sign_ * sum, op.id});
  }

  std::string text(OpId id) const { return operation_text(history_, id); }

  bool same_sum() {
    std::vector<const Sight*> named;
    for (const Sight& sight : sights_) {
      if (sight.before != sight.after) named.push_back(&sight);
    }
    std::sort(named.begin(), named.end(), [](const Sight* a, const Sight* b) {
      return a->after != b->after ? a->after < b->after : a->id < b->id;
    });
    const auto twice = std::adjacent_find(
        named.begin(), named.end(), [](const Sight* a, const Sight* b) { return a->after == b->after; });
    if (twice == named.end()) return false;
    found_.witness = {(*twice)->id, twice[1]->id};
    found_.summary = "Two adds returned the same sum, " + std::to_string(sign_ * (*twice)->after) +
                     ", although each changed it and nothing changes it back.";
    found_.steps = {text((*twice)->id) + " returned the sum after it.",
                    text(twice[1]->id) + " returned the same sum."};
    return true;
  }

  // Every add adds the same, and what was seen is no multiple of that away from the start.
  bool odd_sum(OpId stuck_at) {
    const bool equal = std::all_of(additions_.begin(), additions_.end(), [&](const Addition& add) {
      return add.amount == additions_.front().amount;
    });
    if (additions_.empty() || !equal || additions_.front().amount == 0) return false;
    for (const Sight& sight : sights_) {
      if (sight.id != stuck_at || (sight.before - sign_ * start_) % additions_.front().amount == 0) continue;
      found_.witness = {sight.id};
      found_.summary = "No number of adds gives the sum that was seen.";
      found_.steps = {"The counter starts at " + std::to_string(start_) + ", and every add adds " +
                          std::to_string(sign_ * additions_.front().amount) + ".",
                      text(sight.id) + " saw what no number of them gives."};
      return true;
    }
    return false;
  }

  // What could not be placed is likely to be one of the two; else those nearest to it.
  void search(OpId stuck_at) {
    std::vector<const Sight*> nearest;
    const Nanos moment = stuck_at == kNone ? 0 : history_.at(stuck_at).completed;
    const auto distance = [&](const Sight* sight) {
      if (sight->id == stuck_at) return Nanos{-1};
      return std::max({Nanos{0}, sight->invoked - moment, moment - sight->completed});
    };
    for (const Sight& sight : sights_) {
      if (sight.id != kNone) nearest.push_back(&sight);
    }
    std::stable_sort(nearest.begin(), nearest.end(),
                     [&](const Sight* a, const Sight* b) { return distance(a) < distance(b); });
    for (std::size_t i = 0; i < nearest.size() && i < kSightsTried; ++i) {
      if (too_low(*nearest[i]) || too_high(*nearest[i])) return;
    }
  }

  // More was surely added between an earlier sight and this one.
  bool too_low(const Sight& sight) {
    std::vector<const Addition*> over;  // before this one, by invocation, latest first
    for (const Addition& add : additions_) {
      if (add.completed < sight.invoked) over.push_back(&add);
    }
    std::sort(over.begin(), over.end(),
              [](const Addition* a, const Addition* b) { return a->invoked > b->invoked; });
    std::vector<const Sight*> earlier;
    for (const Sight& other : sights_) {
      if (other.completed < sight.invoked) earlier.push_back(&other);
    }
    std::sort(earlier.begin(), earlier.end(),
              [](const Sight* a, const Sight* b) { return a->completed > b->completed; });
    std::int64_t sum = 0;
    auto add = over.begin();
    for (const Sight* other : earlier) {
      for (; add != over.end() && (*add)->invoked > other->completed; ++add) sum += (*add)->amount;
      if (other->after + sum <= sight.before) continue;
      tell_too_low(*other, sight, std::vector<const Addition*>(over.begin(), add));
      return true;
    }
    return false;
  }

  void tell_too_low(const Sight& first, const Sight& sight, std::vector<const Addition*> between) {
    std::stable_sort(between.begin(), between.end(),
                     [](const Addition* a, const Addition* b) { return a->amount > b->amount; });
    std::int64_t sum = 0;
    std::size_t count = 0;
    while (first.after + sum <= sight.before) sum += between[count++]->amount;
    between.resize(count);
    begin(first);
    for (const Addition* add : between) {
      found_.witness.push_back(add->id);
      found_.steps.push_back(text(add->id) + (first.id == kNone ? " returned before the last of these began."
                                                                : " came after it, and before the last."));
    }
    found_.witness.push_back(sight.id);
    found_.steps.push_back(text(sight.id) + " began after all that and found " +
                           std::to_string(sign_ * sight.before) + ", which has been passed: the sum was " +
                           std::to_string(sign_ * (first.after + sum)) + " or beyond, and never comes back.");
    found_.summary = "A counter that only goes one way was seen at " + std::to_string(sign_ * sight.before) +
                     " after it had reached " + std::to_string(sign_ * (first.after + sum)) + ".";
  }

  // Less can have been added between a sight and this one.
  bool too_high(const Sight& sight) {
    std::vector<const Addition*> under;  // not after this one, by return, latest first
    for (const Addition& add : additions_) {
      if (add.invoked <= sight.completed && add.id != sight.id) under.push_back(&add);
    }
    std::sort(under.begin(), under.end(),
              [](const Addition* a, const Addition* b) { return a->completed > b->completed; });
    std::vector<const Sight*> others;
    for (const Sight& other : sights_) {
      if (other.invoked <= sight.completed && other.id != sight.id) others.push_back(&other);
    }
    std::sort(others.begin(), others.end(),
              [](const Sight* a, const Sight* b) { return a->invoked > b->invoked; });
    std::int64_t sum = 0;
    auto add = under.begin();
    for (const Sight* other : others) {
      for (; add != under.end() && (*add)->completed >= other->invoked; ++add) sum += (*add)->amount;
      const std::int64_t reached = other->after + sum - (other->after - other->before);
      if (reached >= sight.before) continue;
      tell_too_high(*other, sight, reached, std::vector<const Addition*>(under.begin(), add));
      return true;
    }
    return false;
  }

  void tell_too_high(const Sight& first, const Sight& sight, std::int64_t reached,
                     const std::vector<const Addition*>& between) {
    begin(first);
    for (const Addition* add : between) {
      if (add->id == first.id) continue;
      found_.witness.push_back(add->id);
      found_.steps.push_back(text(add->id) + " may have come after that, and before the last of these.");
    }
    found_.witness.push_back(sight.id);
    found_.steps.push_back(text(sight.id) + " found " + std::to_string(sign_ * sight.before) +
                           ", but with no other add in flight the sum was " +
                           std::to_string(sign_ * reached) + " at the furthest.");
    found_.summary = "A counter was seen at " + std::to_string(sign_ * sight.before) +
                     " when it can have reached no more than " + std::to_string(sign_ * reached) + ".";
  }

  void begin(const Sight& first) {
    if (first.id == kNone) {
      found_.steps.push_back("The counter starts at " + std::to_string(start_) + ".");
      return;
    }
    found_.witness.push_back(first.id);
    found_.steps.push_back(text(first.id) + " left it at " + std::to_string(sign_ * first.after) + ".");
  }

  const History& history_;
  std::span<const OpId> ids_;
  const std::int64_t start_;
  std::int64_t sign_ = 1;
  std::vector<Sight> sights_;
  std::vector<Addition> additions_;
  Contradiction found_;
};

}  // namespace

Contradiction contradict_counter(const History& history, std::span<const OpId> ids, std::int64_t start,
                                 OpId stuck_at) {
  return CounterContradiction(history, ids, start).find(stuck_at);
}

}  // namespace assay::checkers
