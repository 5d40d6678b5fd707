#include "harness/shrink/candidates.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "harness/core/assert.h"

namespace assay::shrink {

namespace {

constexpr Nanos kShortestMain = 100 * kMillisecond;
constexpr Nanos kShortestWindow = 10 * kMillisecond;

Plan with_time_limit(const Plan& plan, Nanos limit) {
  Plan shorter = plan;
  shorter.time_limit = std::max(limit, kShortestMain);
  std::erase_if(shorter.schedule, [&](const ScheduledFault& window) {
    return window.trigger.empty() && window.at + kShortestWindow > shorter.time_limit;
  });
  for (ScheduledFault& window : shorter.schedule) {
    if (window.trigger.empty()) window.duration = std::min(window.duration, shorter.time_limit - window.at);
  }
  return shorter;
}

// Everything `by` earlier; what would come before the beginning comes then.
Plan moved(const Plan& plan, Nanos by) {
  Plan earlier = plan;
  for (ScheduledFault& window : earlier.schedule) {
    if (window.trigger.empty()) window.at = std::max<Nanos>(0, window.at - by);
  }
  for (ListedOperation& operation : earlier.operations) operation.at = std::max<Nanos>(0, operation.at - by);
  return earlier;
}

// Whoever has something to do first, from the beginning of the main phase.
Nanos first_moment(const Plan& plan) {
  Nanos first = plan.time_limit;
  for (const ScheduledFault& window : plan.schedule) {
    if (window.trigger.empty()) first = std::min(first, window.at);
  }
  for (const ListedOperation& operation : plan.operations)
    first = std::min(first, std::max<Nanos>(0, operation.at - plan.warm_up));
  return first;
}

// Every span of time by `part` of `whole`.
Plan scaled(const Plan& plan, Nanos part, Nanos whole) {
  const auto scale = [&](Nanos span) { return span / whole * part + span % whole * part / whole; };
  Plan faster = plan;
  faster.warm_up = scale(plan.warm_up);
  faster.time_limit = scale(plan.time_limit);
  for (ScheduledFault& window : faster.schedule) {
    window.at = scale(window.at);
    window.duration = std::max(kShortestWindow, scale(window.duration));
  }
  for (ListedOperation& operation : faster.operations) operation.at = scale(operation.at);
  return faster;
}

// Slots numbered from 0 without gaps, in the order in which they come; as many processes as slots are used.
void renumber_slots(Plan& plan) {
  std::map<int, int> numbers;
  for (ListedOperation& operation : plan.operations) {
    const auto next = static_cast<int>(numbers.size());
    operation.slot = numbers.try_emplace(operation.slot, next).first->second;
  }
  plan.concurrency = std::max(1, static_cast<int>(numbers.size()));
}

std::set<int> slots_of(const Plan& plan) {
  std::set<int> slots;
  for (const ListedOperation& operation : plan.operations) slots.insert(operation.slot);
  return slots;
}

std::set<Key> keys_of(const Plan& plan) {
  std::set<Key> keys;
  for (const ListedOperation& operation : plan.operations) {
    for (const Mop& mop : operation.request) keys.insert(mop.key);
  }
  return keys;
}

// Listed operations ask for the keys that are left; keys count from 0.
Plan with_keys_renumbered(const Plan& plan) {
  Plan fewer = plan;
  std::map<Key, Key> numbers;
  for (const Key key : keys_of(plan)) numbers.emplace(key, static_cast<Key>(numbers.size()));
  for (ListedOperation& operation : fewer.operations) {
    for (Mop& mop : operation.request) mop.key = numbers.at(mop.key);
  }
  fewer.keys = std::max<std::int64_t>(1, static_cast<std::int64_t>(numbers.size()));
  return fewer;
}

template <class Item>
std::vector<Item> kept(const std::vector<Item>& items, const std::vector<std::size_t>& keep) {
  std::vector<Item> some;
  for (const std::size_t position : keep) some.push_back(items[position]);
  return some;
}

// 1, 2, 3 ... below `now`, thinned out where there are many.
std::vector<std::int64_t> smaller_counts(std::int64_t now) {
  std::vector<std::int64_t> counts;
  for (std::int64_t count = 1; count < now; count += 1 + count / 4) counts.push_back(count);
  return counts;
}

}  // namespace

std::vector<std::vector<std::size_t>> pieces_and_complements(std::size_t count, std::size_t pieces) {
  ASSAY_ASSERT(pieces >= 2 && pieces <= count);
  std::vector<std::vector<std::size_t>> alone(pieces), without(pieces);
  for (std::size_t position = 0; position < count; ++position) {
    const std::size_t mine = position * pieces / count;
    for (std::size_t piece = 0; piece < pieces; ++piece)
      (piece == mine ? alone : without)[piece].push_back(position);
  }
  if (pieces > 2) alone.insert(alone.end(), without.begin(), without.end());
  return alone;
}

Plan with_windows(const Plan& plan, const std::vector<std::size_t>& keep) {
  Plan fewer = plan;
  fewer.schedule = kept(plan.schedule, keep);
  return fewer;
}

Plan with_operations(const Plan& plan, const std::vector<std::size_t>& keep) {
  Plan fewer = plan;
  fewer.operations = kept(plan.operations, keep);
  return fewer;
}

std::vector<Plan> shorter(const Plan& plan, Nanos moment) {
  std::vector<Plan> plans;
  const auto add = [&](Nanos limit) {
    Plan candidate = with_time_limit(plan, limit);
    if (candidate.time_limit < plan.time_limit) plans.push_back(std::move(candidate));
  };
  for (const Nanos eighths : {1, 2, 4}) add(plan.time_limit / 8 * eighths);
  if (moment > plan.warm_up) add(moment - plan.warm_up + 10 * kMillisecond);
  for (const Nanos eighths : {6, 7}) add(plan.time_limit / 8 * eighths);
  return plans;
}

std::vector<Plan> sooner(const Plan& plan) {
  std::vector<Plan> plans;
  if (plan.warm_up > 0) {
    Plan cold = plan;
    for (ListedOperation& operation : cold.operations)
      operation.at = std::max<Nanos>(0, operation.at - plan.warm_up);
    cold.warm_up = 0;
    plans.push_back(std::move(cold));
  }
  const Nanos lead = std::min(first_moment(plan), plan.time_limit - kShortestMain);
  for (const Nanos by : {lead, lead / 2}) {
    if (by < 10 * kMillisecond) continue;
    Plan earlier = moved(plan, by);
    earlier.time_limit -= by;
    plans.push_back(std::move(earlier));
  }
  for (const Nanos quarters : {2, 3}) {
    if (plan.time_limit / 4 * quarters >= kShortestMain) plans.push_back(scaled(plan, quarters, 4));
  }
  return plans;
}

std::vector<Plan> briefer_windows(const Plan& plan) {
  std::vector<Plan> plans;
  for (std::size_t i = 0; i < plan.schedule.size(); ++i) {
    for (const Nanos part : {4, 2}) {
      if (plan.schedule[i].duration / part < kShortestWindow) continue;
      plans.push_back(plan);
      plans.back().schedule[i].duration /= part;
    }
  }
  return plans;
}

std::vector<Plan> fewer_nodes(const Plan& plan) {
  std::vector<Plan> plans;
  for (const std::int64_t count : smaller_counts(plan.nodes)) {
    plans.push_back(plan);
    plans.back().nodes = static_cast<int>(count);
    for (ListedOperation& operation : plans.back().operations)
      operation.node = static_cast<NodeId>(operation.node % count);
  }
  return plans;
}

std::vector<Plan> fewer_processes(const Plan& plan) {
  std::vector<Plan> plans;
  if (plan.operations.empty()) {
    for (const std::int64_t count : smaller_counts(plan.concurrency)) {
      plans.push_back(plan);
      plans.back().concurrency = static_cast<int>(count);
    }
    return plans;
  }
  const std::set<int> slots = slots_of(plan);
  if (static_cast<int>(slots.size()) < plan.concurrency) {
    plans.push_back(plan);
    renumber_slots(plans.back());
  }
  // One process does what another one did, too.
  for (const int from : slots) {
    for (const int to : slots) {
      if (to >= from) break;
      plans.push_back(plan);
      for (ListedOperation& operation : plans.back().operations)
        operation.slot = operation.slot == from ? to : operation.slot;
      renumber_slots(plans.back());
    }
  }
  return plans;
}

std::vector<Plan> fewer_keys(const Plan& plan) {
  std::vector<Plan> plans;
  if (plan.operations.empty()) {
    for (const std::int64_t count : smaller_counts(plan.keys)) {
      plans.push_back(plan);
      plans.back().keys = count;
    }
    return plans;
  }
  const std::set<Key> keys = keys_of(plan);
  if (static_cast<std::int64_t>(keys.size()) < plan.keys) plans.push_back(with_keys_renumbered(plan));
  const std::int64_t needed = keys.empty() ? 1 : *keys.rbegin() + 1;
  if (needed < plan.keys) {
    plans.push_back(plan);
    plans.back().keys = needed;
  }
  return plans;
}

std::vector<Plan> lower_rates(const Plan& plan) {
  std::vector<Plan> plans;
  if (!plan.operations.empty() || plan.pace == Pace::closed_loop) return plans;
  for (const std::int64_t part : {16, 4, 2}) {
    if (plan.rate / part < 1) continue;
    plans.push_back(plan);
    plans.back().rate = plan.rate / part;
  }
  return plans;
}

std::vector<Plan> rounder(const Plan& plan) {
  std::vector<Plan> plans;
  for (const Nanos unit : {kSecond, kSecond / 10, kSecond / 100, kMillisecond}) {
    const auto round = [unit](Nanos moment) { return (moment + unit / 2) / unit * unit; };
    Plan round_plan = plan;
    for (ScheduledFault& window : round_plan.schedule) {
      window.at = round(window.at);
      window.duration = std::max(unit, round(window.duration));
      if (window.trigger.empty() && window.at + window.duration > round_plan.time_limit)
        round_plan.time_limit = window.at + window.duration;
    }
    for (ListedOperation& operation : round_plan.operations) operation.at = round(operation.at);
    round_plan.time_limit = std::max(unit, (round_plan.time_limit + unit - 1) / unit * unit);
    if (round_plan.time_limit > plan.time_limit / 4 * 5) continue;
    if (round_plan.schedule != plan.schedule || round_plan.operations != plan.operations ||
        round_plan.time_limit != plan.time_limit) {
      plans.push_back(std::move(round_plan));
    }
  }
  return plans;
}

}  // namespace assay::shrink
