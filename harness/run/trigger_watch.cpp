#include "harness/run/trigger_watch.h"

#include <algorithm>

#include "harness/core/schedule.h"

namespace assay {

bool TriggerWatch::grew(const std::string& trigger, std::int64_t count) {
  const auto [highest, first] = highest_.try_emplace(trigger, count);
  const bool more = count > highest->second;
  highest->second = std::max(highest->second, count);
  return more && !first;
}

std::set<std::string> TriggerWatch::look(Target& target, const std::set<std::string>& wanted) {
  std::set<std::string> happened;
  std::optional<Facts> counters;
  for (const std::string& text : wanted) {
    const auto trigger = parse_trigger(text);
    if (!trigger) continue;
    if (trigger->kind == Trigger::Kind::leader_changed) {
      const std::optional<NodeId> leader = target.leader();
      if (leader && leader_ && *leader != *leader_) happened.insert(text);
      if (leader) leader_ = leader;
    } else if (trigger->kind == Trigger::Kind::counter) {
      if (!counters) counters = target.counters();
      const Value* value = find_fact(*counters, trigger->what);
      if (grew(text, value != nullptr && value->is_integer() ? value->as_integer() : 0))
        happened.insert(text);
    } else if (trigger->kind == Trigger::Kind::log) {
      if (grew(text, target.log_lines_with(trigger->what).value_or(0))) happened.insert(text);
    }
  }
  return happened;
}

}  // namespace assay
