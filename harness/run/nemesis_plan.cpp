#include "harness/run/nemesis_plan.h"

#include <algorithm>
#include <map>

#include "harness/core/error.h"
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
  const std::string variant = planned.choice.variant.empty() ? "" : "-" + planned.choice.variant;
  return std::string(planned.choice.plugin->name) + variant + " at " + format_duration(planned.at);
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
  for (const std::string& name : names) {
    if (name != "none") choices.push_back(resolve("--nemesis", name, plugins));
  }
  return choices;
}

std::vector<PlannedFault> resolve_schedule(const Plan& plan, std::span<const FaultPlugin* const> plugins) {
  std::vector<PlannedFault> scheduled;
  for (const ScheduledFault& window : plan.schedule) {
    scheduled.push_back({resolve("--schedule", window.fault, plugins), window.at, window.duration, true});
  }
  sort_by_time(scheduled);
  for (auto later = scheduled.begin(); later != scheduled.end(); ++later) {
    const std::string name = "--schedule: " + window_name(*later);
    if (later->duration <= 0) throw InputError(name + " lasts no time");
    if (later->at > plan.time_limit - later->duration) {
      throw InputError(name + " for " + format_duration(later->duration) +
                       " goes beyond the end of the main phase at " + format_duration(plan.time_limit));
    }
    for (auto earlier = scheduled.begin(); earlier != later; ++earlier) {
      if (!overlap(*earlier, *later) || may_overlap(*earlier, *later)) continue;
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
  Nanos at = lead_in;
  for (Nanos turn = 0;; ++turn) {
    if (bag.empty()) {
      bag = choices;
      rng.shuffle(bag);
    }
    FaultChoice choice = bag.back();
    const Nanos shortest = duration * 2 / 3;
    const Nanos length = shortest + static_cast<Nanos>(rng.below(static_cast<std::uint64_t>(shortest) + 1));
    // Alone at first, mixed afterwards: in the first round no two windows overlap.
    const Nanos alone =
        turn < count && !planned.empty() ? planned.back().at + planned.back().duration + interval / 2 : 0;
    const Nanos begin = std::max({at, busy_until[choice.plugin->resource], alone});
    const bool fits = begin + length <= plan.time_limit - lead_in;
    if (!fits && turn >= count) break;
    bag.pop_back();
    if (choice.variant.empty()) choice.variant = rotation.next(*choice.plugin);
    // The first round always happens, if need be squeezed in at the end.
    const Nanos latest = std::max<Nanos>(0, plan.time_limit - lead_in - duration / 2);
    planned.push_back(
        {std::move(choice), fits ? begin : std::min(begin, latest), fits ? length : duration / 2});
    busy_until[planned.back().choice.plugin->resource] =
        planned.back().at + planned.back().duration + interval / 4;
    at = std::max(at, alone);
    at += interval / 2 + static_cast<Nanos>(rng.below(static_cast<std::uint64_t>(interval) + 1));
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
