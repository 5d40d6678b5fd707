#include "harness/run/nemesis_plan.h"

#include <algorithm>
#include <map>

#include "harness/core/error.h"

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

FaultChoice resolve(const std::string& name, std::span<const FaultPlugin* const> plugins) {
  for (const FaultPlugin* plugin : plugins) {
    const std::string prefix = std::string(plugin->name) + "-";
    if (name == plugin->name) return {plugin, ""};
    if (!name.starts_with(prefix)) continue;
    const std::string variant = name.substr(prefix.size());
    if (!variant.empty() && plugin->make(variant) != nullptr) return {plugin, variant};
    throw InputError("--nemesis " + name + ": fault \"" + std::string(plugin->name) + "\" has no variant \"" +
                     variant + "\"; it has " + std::string(plugin->variants));
  }
  throw InputError("--nemesis " + name + ": there is no such fault; there are " + accepted_names(plugins) +
                   " (each also with a variant, see: assay list faults)");
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
    if (name != "none") choices.push_back(resolve(name, plugins));
  }
  return choices;
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
  std::stable_sort(planned.begin(), planned.end(),
                   [](const PlannedFault& a, const PlannedFault& b) { return a.at < b.at; });
  return planned;
}

}  // namespace assay
