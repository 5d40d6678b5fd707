#include "harness/run/nemesis_plan.h"

#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/core/schedule.h"
#include "harness/core/units.h"

namespace assay {

namespace {

std::string accepted_names(std::span<const FaultPlugin* const> plugins) {
  std::string names;
  for (const FaultPlugin* plugin : plugins) {
    if (!names.empty()) names += ", ";
    names += plugin->name;
  }
  return names;
}

FaultChoice resolve(const std::string& option, const std::string& name,
                    std::span<const FaultPlugin* const> plugins) {
  for (const FaultPlugin* plugin : plugins) {
    const std::string prefix = std::string(plugin->name) + "-";
    if (name == plugin->name) return {plugin, ""};
    if (!name.starts_with(prefix)) continue;
    const std::string variant = name.substr(prefix.size());
    if (!variant.empty() && plugin->make(variant) != nullptr) return {plugin, variant};
    throw InputError(option + " " + name + ": fault \"" + std::string(plugin->name) + "\" has no variant \"" +
                     variant + "\"; it has " + std::string(plugin->variants));
  }
  throw InputError(option + " " + name + ": there is no such fault; there are " + accepted_names(plugins) +
                   " (each also with a variant, see: assay list faults)");
}

bool overlap(const PlannedFault& a, const PlannedFault& b) {
  return a.choice.plugin->resource == b.choice.plugin->resource && a.at < b.at + b.duration &&
         b.at < a.at + a.duration;
}

bool may_overlap(const PlannedFault& a, const PlannedFault& b) {
  return a.choice.plugin->may_overlap && b.choice.plugin->may_overlap;
}

std::string window_name(const PlannedFault& planned) {
  return fault_name(planned.choice) + " at " + format_duration(planned.at);
}

// From the beginning of one window to that of the next one.
Nanos draw_interval(const std::string& pace, Nanos mean, Rng& rng) {
  if (pace == "fixed") return mean;
  if (pace == "poisson") return rng.exponential(mean);
  return mean / 2 + static_cast<Nanos>(rng.below(static_cast<std::uint64_t>(mean) + 1));
}

// The first moment from `begin` on that leaves all quiet periods, in order of their beginning, alone.
Nanos after_quiet(const std::vector<Period>& quiet, Nanos begin, Nanos length) {
  for (const Period& period : quiet) {
    if (begin < period.end && period.begin < begin + length) begin = period.end;
  }
  return begin;
}

// Each choice as often as its weight says.
std::vector<FaultChoice> weighted(const std::vector<FaultChoice>& choices) {
  std::vector<FaultChoice> bag;
  for (const FaultChoice& choice : choices)
    bag.insert(bag.end(), static_cast<std::size_t>(choice.weight), choice);
  return bag;
}

void sort_by_time(std::vector<PlannedFault>& planned) {
  std::stable_sort(planned.begin(), planned.end(),
                   [](const PlannedFault& a, const PlannedFault& b) { return a.at < b.at; });
}

// Goes through the variants of the faults that were named without one.
class VariantRotation {
 public:
  explicit VariantRotation(Rng rng) : rng_(rng) {}

  std::string next(const FaultPlugin& plugin) {
    if (plugin.rotation.empty()) return "";
    auto [entry, first_time] = left_.try_emplace(plugin.name);
    std::vector<std::string_view>& left = entry->second;
    if (left.empty()) {
      left.assign(plugin.rotation.begin(), plugin.rotation.end());
      rng_.shuffle(left);
      if (first_time)
        std::iter_swap(std::find(left.begin(), left.end(), plugin.rotation.front()), left.end() - 1);
    }
    const std::string variant(left.back());
    left.pop_back();
    return variant;
  }

 private:
  Rng rng_;
  std::map<std::string_view, std::vector<std::string_view>> left_;
};

}  // namespace

std::vector<FaultChoice> resolve_faults(const std::vector<std::string>& names,
                                        std::span<const FaultPlugin* const> plugins) {
  std::vector<FaultChoice> choices;
  for (const std::string& text : names) {
    if (text == "none") continue;
    const WeightedFault fault = parse_weighted_fault(text);
    if (fault.weight == 0) {
      throw InputError("--nemesis " + text + ": expected a weight from 1 to " +
                       std::to_string(kFaultWeightMax) + " after the equals sign, as in kill=3");
    }
    choices.push_back(resolve("--nemesis", fault.name, plugins));
    choices.back().weight = fault.weight;
  }
  return choices;
}

std::string fault_name(const FaultChoice& choice) {
  return std::string(choice.plugin->name) + (choice.variant.empty() ? "" : "-" + choice.variant);
}

ScheduledFault scheduled_fault(const PlannedFault& planned) {
  ScheduledFault window;
  window.at = planned.at;
  window.fault = fault_name(planned.choice);
  window.duration = planned.duration;
  window.trigger = planned.trigger;
  window.waits = !planned.exact;
  window.draw = planned.draw;
  window.seen = planned.seen;
  return window;
}

std::vector<PlannedFault> resolve_schedule(const Plan& plan, std::span<const FaultPlugin* const> plugins) {
  std::vector<PlannedFault> scheduled;
  for (const ScheduledFault& window : plan.schedule) {
    if (!window.trigger.empty() && !parse_trigger(window.trigger)) {
      throw InputError(
          "--schedule " + window.trigger +
          ": there is no such trigger; there are leader-changed, snapshot, counter:NAME, log:TEXT and then");
    }
    scheduled.push_back({resolve("--schedule", window.fault, plugins), window.at, window.duration,
                         !window.waits, window.trigger, window.draw, window.seen, scheduled.size() + 1});
  }
  if (!scheduled.empty() && scheduled.front().trigger == "then")
    throw InputError("--schedule: then: there is no window before it");
  sort_by_time(scheduled);
  for (auto later = scheduled.begin(); later != scheduled.end(); ++later) {
    const std::string name = "--schedule: " + window_name(*later);
    if (later->duration <= 0) throw InputError(name + " lasts no time");
    if (!later->trigger.empty()) continue;
    if (later->at > plan.time_limit - later->duration) {
      throw InputError(name + " for " + format_duration(later->duration) +
                       " goes beyond the end of the main phase at " + format_duration(plan.time_limit));
    }
    for (auto earlier = scheduled.begin(); earlier != later; ++earlier) {
      const bool free = !earlier->trigger.empty() || !earlier->exact || !later->exact;
      if (free || !overlap(*earlier, *later) || may_overlap(*earlier, *later)) continue;
      throw InputError(name + " begins while " + window_name(*earlier) +
                       " is in force; only one fault of the " + std::string(later->choice.plugin->resource) +
                       " can be in force at a time");
    }
  }
  return scheduled;
}

std::vector<PlannedFault> draw_nemesis_plan(const std::vector<FaultChoice>& choices, const Plan& plan,
                                            Rng rng) {
  // Short runs get denser and shorter faults, so that each choice still has its turn.
  const auto count = static_cast<Nanos>(choices.size());
  const Nanos lead_in = plan.time_limit / 20;
  const Nanos usable = plan.time_limit - 2 * lead_in;
  const Nanos interval = std::min(plan.fault_interval, usable / (count + 1));
  const Nanos duration = std::min(plan.fault_duration, usable / (count + 1));

  std::vector<PlannedFault> planned;
  std::map<std::string_view, Nanos> busy_until;
  std::vector<FaultChoice> bag;
  VariantRotation rotation(rng.fork("variants"));
  const std::vector<Period> quiet = parse_periods(plan.quiet).value_or(std::vector<Period>{});
  Nanos at = lead_in;
  for (Nanos turn = 0;; ++turn) {
    if (bag.empty()) {
      bag = turn == 0 ? choices : weighted(choices);
      rng.shuffle(bag);
    }
    FaultChoice choice = bag.back();
    const Nanos shortest = duration * 2 / 3;
    const Nanos length = shortest + static_cast<Nanos>(rng.below(static_cast<std::uint64_t>(shortest) + 1));
    // Alone at first, mixed afterwards: in the first round no two windows overlap.
    const Nanos alone =
        turn < count && !planned.empty() ? planned.back().at + planned.back().duration + interval / 2 : 0;
    const Nanos begin =
        after_quiet(quiet, std::max({at, busy_until[choice.plugin->resource], alone}), length);
    const bool fits = begin + length <= plan.time_limit - lead_in;
    if (!fits && turn >= count) break;
    bag.pop_back();
    if (choice.variant.empty()) choice.variant = rotation.next(*choice.plugin);
    // The first round always happens, if need be squeezed in at the end.
    const Nanos latest = std::max<Nanos>(0, plan.time_limit - lead_in - duration / 2);
    const Nanos begins = fits ? begin : std::min(begin, latest), lasts = fits ? length : duration / 2;
    at = std::max(at, alone);
    at += draw_interval(plan.fault_pace, interval, rng);
    if (after_quiet(quiet, begins, lasts) != begins) continue;
    busy_until[choice.plugin->resource] = begins + lasts + interval / 4;
    planned.push_back({std::move(choice), begins, lasts});
  }
  sort_by_time(planned);
  return planned;
}

std::vector<PlannedFault> merge_nemesis_plans(const std::vector<PlannedFault>& drawn,
                                              std::vector<PlannedFault> scheduled) {
  const std::size_t exact = scheduled.size();
  for (const PlannedFault& planned : drawn) {
    const bool in_the_way = std::any_of(
        scheduled.begin(), scheduled.begin() + static_cast<std::ptrdiff_t>(exact),
        [&](const PlannedFault& other) { return overlap(planned, other) && !may_overlap(planned, other); });
    if (!in_the_way) scheduled.push_back(planned);
  }
  sort_by_time(scheduled);
  return scheduled;
}

}  // namespace assay
