// Claims about what was found when: counter, monotonic, lock.
#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "checkers/verify/common.h"
#include "checkers/verify/last_reads.h"
#include "checkers/verify/observations.h"

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

// Something that must not be less than what was over before it began.
struct Seen {
  Nanos invoked = 0, completed = 0;
  std::int64_t value = 0;
  OpId id = 0;
  bool fresh = false;  // nor the same, when both are
};

// The first that went back, if any.
std::optional<OpId> find_step_back(std::vector<Seen> all) {
  std::vector<Seen> over = all;
  std::stable_sort(all.begin(), all.end(),
                   [](const Seen& a, const Seen& b) { return a.invoked < b.invoked; });
  std::stable_sort(over.begin(), over.end(),
                   [](const Seen& a, const Seen& b) { return a.completed < b.completed; });
  std::optional<std::pair<std::int64_t, bool>> greatest;
  auto next = over.begin();
  for (const Seen& each : all) {
    for (; next != over.end() && next->completed < each.invoked; ++next) {
      greatest = std::max(greatest.value_or(std::pair(next->value, next->fresh)),
                          std::pair(next->value, next->fresh));
    }
    if (!greatest) continue;
    const bool same = each.value == greatest->first && each.fresh && greatest->second;
    if (each.value < greatest->first || same) return each.id;
  }
  return std::nullopt;
}

// In the order of one process.
std::optional<OpId> find_step_back_in_order(const std::vector<Seen>& all) {
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool both_fresh = all[i].fresh && all[i - 1].fresh && all[i].id != all[i - 1].id;
    if (all[i].value < all[i - 1].value || (all[i].value == all[i - 1].value && both_fresh)) return all[i].id;
  }
  return std::nullopt;
}

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

std::string refute_monotonic(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"order", "scope"});
  if (!wrong.empty()) return wrong;
  const bool by_process = option_of(certificate, "order", "real-time") == "process";
  const bool all_keys = option_of(certificate, "scope", "key") == "all";
  std::map<std::pair<Key, ProcessId>, std::vector<Seen>> groups;
  bool any = false;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (op.outcome != Outcome::ok) continue;
      if (mop.fn == Fn::read && mop.result.kind() == Value::Kind::list) {
        any = true;
        if (!std::is_sorted(mop.result.as_list().begin(), mop.result.as_list().end()))
          return complain(op.id, "found a list that does not ascend");
      }
      if (mop.fn != Fn::read && mop.fn != Fn::add && mop.fn != Fn::generate) continue;
      if (!mop.result.is_integer()) continue;
      groups[{all_keys ? 0 : mop.key, by_process ? op.process : 0}].push_back(
          {op.invoked, op.completed, mop.result.as_integer(), op.id, mop.fn != Fn::read});
    }
  }
  for (const auto& [name, group] : groups) {
    const std::optional<OpId> back = by_process ? find_step_back_in_order(group) : find_step_back(group);
    if (back) return complain(*back, "observed something that goes back");
  }
  return any || !groups.empty() ? "" : kNothing;
}

namespace {

struct Holding {
  Nanos invoked = 0, begin = 0, end = kNever;
  OpId acquire = 0;
  Value token;
};

// Empty, or what is wrong with the holdings of one lock. Only tokens count where leases may end without a word.
std::string refute_holdings(std::vector<Holding> holdings, bool lease) {
  std::vector<Seen> tokens;
  std::set<std::int64_t> given;
  for (const Holding& holding : holdings) {
    if (!holding.token.is_integer()) continue;
    tokens.push_back({holding.invoked, holding.begin, holding.token.as_integer(), holding.acquire, true});
    if (!given.insert(tokens.back().value).second) return complain(holding.acquire, "got a token again");
  }
  if (const std::optional<OpId> back = find_step_back(tokens)) return complain(*back, "got a lesser token");
  std::sort(holdings.begin(), holdings.end(), [](const Holding& a, const Holding& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  for (std::size_t i = 1; i < holdings.size() && !lease; ++i) {
    // As none overlaps the one before, the latest end is that of the one before; a moment alone overlaps nothing
    // that begins with it.
    const Holding &one = holdings[i - 1], &next = holdings[i];
    if (next.begin < one.end && one.begin < next.end)
      return complain(next.acquire, "got a lock that was held");
  }
  return {};
}

}  // namespace

std::string refute_lock(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"lease"});
  if (!wrong.empty()) return wrong;
  const bool lease = option_of(certificate, "lease", "no") == "yes";
  std::map<Key, std::vector<Holding>> holdings;
  std::map<std::pair<Key, ProcessId>, std::vector<std::size_t>> held;
  std::map<ProcessId, std::int64_t> token_of;
  std::map<Key, std::vector<Seen>> holder_writes;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      std::vector<std::size_t>& holds = held[{mop.key, op.process}];
      if (mop.fn == Fn::acquire && op.outcome == Outcome::ok) {
        if (lease) holds.clear();
        holds.push_back(holdings[mop.key].size());
        holdings[mop.key].push_back({op.invoked, op.completed, kNever, op.id, mop.result});
        if (mop.result.is_integer()) token_of[op.process] = mop.result.as_integer();
      } else if (mop.fn == Fn::release && op.outcome != Outcome::fail) {
        const bool ok = op.outcome == Outcome::ok;
        if (ok && holds.empty() && !lease) return complain(op.id, "released what it did not hold");
        for (const std::size_t number : holds) {
          Holding& holding = holdings[mop.key][number];
          holding.end = op.invoked;
          const bool named = ok && !mop.argument.is_nil() && !holding.token.is_nil();
          if (named && mop.argument != holding.token) return complain(op.id, "brought the token of another");
        }
        holds.clear();
      } else if (mop.fn == Fn::write && op.outcome == Outcome::ok && token_of.contains(op.process)) {
        holder_writes[mop.key].push_back({op.invoked, op.completed, token_of[op.process], op.id});
      }
    }
  }
  for (const auto& [key, all] : holdings) {
    wrong = refute_holdings(all, lease);
    if (!wrong.empty()) return wrong;
  }
  for (const auto& [key, all] : holder_writes) {
    if (const std::optional<OpId> late = find_step_back(all))
      return complain(*late, "wrote under a token after a greater one had been used");
  }
  return holdings.empty() ? kNothing : "";
}

}  // namespace assay::checkers
