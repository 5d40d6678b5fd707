#include "checkers/testing/datatype_oracle.h"

#include <algorithm>
#include <map>
#include <vector>

namespace assay::checkers::testing {

namespace {

std::vector<Operation> operations_of(const History& history) {
  std::vector<Operation> all;
  for (const Operation op : history.operations()) all.push_back(op);
  return all;
}

// Calls `step` with every order of operations that fits their intervals: ok ones all, info ones any, failed
// ones none. `step` applies an operation to the state and says whether that is legal. True when some order is
// legal to the end and `end` accepts the state.
template <class State, class Step, class End>
bool some_order(const std::vector<Operation>& all, std::vector<bool>& used, const State& state,
                const Step& step, const End& end) {
  bool all_ok_used = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (used[i] || all[i].outcome == Outcome::fail) continue;
    if (all[i].outcome == Outcome::ok) all_ok_used = false;
    const bool first = std::none_of(all.begin(), all.end(), [&](const Operation& other) {
      const auto at = static_cast<std::size_t>(&other - all.data());
      return !used[at] && other.outcome == Outcome::ok && other.precedes(all[i]);
    });
    State next = state;
    if (!first || !step(next, all[i])) continue;
    used[i] = true;
    const bool found = some_order(all, used, next, step, end);
    used[i] = false;
    if (found) return true;
  }
  return all_ok_used && end(state);
}

}  // namespace

bool counter_by_brute_force(const History& history) {
  const std::vector<Operation> all = operations_of(history);
  for (const Operation& read : all) {
    if (read.outcome != Outcome::ok || read.mops[0].fn != Fn::read) continue;
    std::set<std::int64_t> sums{0};
    for (const Operation& add : all) {
      const bool same = add.mops[0].fn == Fn::add && add.mops[0].key == read.mops[0].key;
      if (!same || add.outcome == Outcome::fail || read.precedes(add)) continue;
      std::set<std::int64_t> more;
      for (const std::int64_t sum : sums) {
        more.insert(sum + add.mops[0].argument.as_integer());
        if (!add.precedes(read)) more.insert(sum);
      }
      sums = std::move(more);
    }
    if (!sums.contains(read.mops[0].result.as_integer())) return false;
  }
  return true;
}

bool lock_by_brute_force(const History& history) {
  const std::vector<Operation> all = operations_of(history);
  std::vector<bool> used(all.size(), false);
  using Holders = std::map<Key, ProcessId>;
  const auto step = [](Holders& holders, const Operation& op) {
    const Mop& mop = op.mops[0];
    if (mop.fn == Fn::acquire) return holders.emplace(mop.key, op.process).second;
    const auto held = holders.find(mop.key);
    if (held == holders.end() || held->second != op.process) return false;
    holders.erase(held);
    return true;
  };
  return some_order(all, used, Holders(), step, [](const Holders&) { return true; });
}

bool tokens_by_brute_force(const History& history) {
  for (const Operation a : history.operations()) {
    for (const Operation b : history.operations()) {
      if (a.id == b.id || a.outcome != Outcome::ok || b.outcome != Outcome::ok) continue;
      if (a.mops[0].fn != Fn::acquire || b.mops[0].fn != Fn::acquire || a.mops[0].key != b.mops[0].key)
        continue;
      const std::int64_t first = a.mops[0].result.as_integer(), second = b.mops[0].result.as_integer();
      if (first == second || (a.precedes(b) && second < first)) return false;
    }
  }
  return true;
}

namespace {

bool queue_explained(const History& history, bool info_dequeues) {
  const std::vector<Operation> all = operations_of(history);
  std::vector<std::size_t> unsure;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].outcome == Outcome::info && all[i].mops[0].fn == Fn::enqueue) unsure.push_back(i);
  }
  for (std::uint32_t choice = 0; choice < (1u << unsure.size()); ++choice) {
    std::map<Value, std::int64_t> inside;
    std::int64_t may_take = 0;
    bool possible = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Mop& mop = all[i].mops[0];
      const auto at = std::find(unsure.begin(), unsure.end(), i);
      const bool chosen = at != unsure.end() && ((choice >> (at - unsure.begin())) & 1) != 0;
      if (mop.fn == Fn::enqueue && (all[i].outcome == Outcome::ok || chosen)) ++inside[mop.argument];
      if (mop.fn != Fn::dequeue) continue;
      if (all[i].outcome == Outcome::info && info_dequeues) ++may_take;
      if (all[i].outcome == Outcome::ok && !mop.result.is_nil()) --inside[mop.result];
      // Somebody must have begun to put it in.
      if (all[i].outcome != Outcome::ok || mop.result.is_nil()) continue;
      possible = possible && std::any_of(all.begin(), all.end(), [&](const Operation& other) {
                   return other.mops[0].fn == Fn::enqueue && other.mops[0].argument == mop.result &&
                          other.outcome != Outcome::fail && !all[i].precedes(other);
                 });
    }
    std::int64_t left = 0;
    for (const auto& [value, count] : inside) {
      possible = possible && count >= 0;
      left += count;
    }
    if (possible && left <= may_take) return true;
  }
  return false;
}

}  // namespace

bool total_queue_by_brute_force(const History& history) { return queue_explained(history, true); }
bool total_queue_without_info(const History& history) { return queue_explained(history, false); }

bool long_fork_by_brute_force(const History& history) {
  std::vector<Key> keys;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (std::find(keys.begin(), keys.end(), mop.key) == keys.end()) keys.push_back(mop.key);
    }
  }
  std::sort(keys.begin(), keys.end());
  do {
    bool explains = true;
    for (const Operation op : history.operations()) {
      if (op.outcome != Outcome::ok) continue;
      // In this order, what was read must be written first and unwritten then.
      bool unwritten = false;
      for (const Key key : keys) {
        for (const Mop& mop : op.mops) {
          if (mop.fn != Fn::read || mop.key != key) continue;
          if (mop.result.is_nil()) unwritten = true;
          if (!mop.result.is_nil() && unwritten) explains = false;
        }
      }
    }
    if (explains) return true;
  } while (std::next_permutation(keys.begin(), keys.end()));
  return false;
}

bool monotonic_by_brute_force(const History& history) {
  for (const Operation a : history.operations()) {
    for (const Operation b : history.operations()) {
      if (a.outcome != Outcome::ok || b.outcome != Outcome::ok || !a.precedes(b)) continue;
      if (a.mops[0].key != b.mops[0].key) continue;
      const std::int64_t first = a.mops[0].result.as_integer(), second = b.mops[0].result.as_integer();
      const bool strict = a.mops[0].fn != Fn::read && b.mops[0].fn != Fn::read;
      if (second < first || (strict && second == first)) return false;
    }
  }
  return true;
}

bool durable_by_brute_force(const History& history) {
  const std::vector<Operation> all = operations_of(history);
  std::vector<Operation> writes, reads;
  for (const Operation& op : all) {
    if (op.mops[0].fn != Fn::read) writes.push_back(op);
    if (op.mops[0].fn == Fn::read && op.outcome == Outcome::ok) reads.push_back(op);
  }
  std::vector<bool> used(writes.size(), false);
  const auto step = [](Value& value, const Operation& op) {
    value = op.mops[0].argument;
    return true;
  };
  return std::all_of(reads.begin(), reads.end(), [&](const Operation& read) {
    return some_order(writes, used, Value(), step,
                      [&](const Value& value) { return value == read.mops[0].result; });
  });
}

namespace {

struct Fate {
  bool lost = false;
  bool stale = false;
};

Fate fate_of(const std::vector<Operation>& all, const Value& element) {
  const auto has = [&](const Operation& read) {
    const auto list = read.mops[0].result.as_list();
    return std::find(list.begin(), list.end(), element) != list.end();
  };
  Nanos known = kNever;
  for (const Operation& op : all) {
    if (op.outcome != Outcome::ok) continue;
    const bool shows = op.mops[0].fn == Fn::add ? op.mops[0].argument == element : has(op);
    if (shows) known = std::min(known, op.completed);
  }
  Fate fate;
  const Operation *last_with = nullptr, *last_without = nullptr;
  for (const Operation& op : all) {
    if (op.outcome != Outcome::ok || op.mops[0].fn != Fn::read) continue;
    (has(op) ? last_with : last_without) = &op;
  }
  if (last_without == nullptr || last_without->invoked <= known) return fate;
  fate.stale = last_with != nullptr && last_with->id > last_without->id;
  fate.lost = !fate.stale;
  return fate;
}

std::set<std::int64_t> elements_with(const History& history, bool Fate::*what) {
  const std::vector<Operation> all = operations_of(history);
  std::set<std::int64_t> found;
  for (const Operation& op : all) {
    if (op.mops[0].fn != Fn::add || op.outcome == Outcome::fail) continue;
    if (fate_of(all, op.mops[0].argument).*what) found.insert(op.mops[0].argument.as_integer());
  }
  return found;
}

}  // namespace

std::set<std::int64_t> lost_by_brute_force(const History& history) {
  return elements_with(history, &Fate::lost);
}
std::set<std::int64_t> stale_by_brute_force(const History& history) {
  return elements_with(history, &Fate::stale);
}

}  // namespace assay::checkers::testing
