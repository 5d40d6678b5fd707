#include "harness/core/plan.h"

#include <array>
#include <utility>

#include "harness/core/plan_fields.h"
#include "harness/core/units.h"

namespace assay {

namespace {

constexpr std::array<std::string_view, 3> kPaceNames = {"poisson", "constant", "closed-loop"};

}  // namespace

std::string_view pace_name(Pace pace) { return kPaceNames[static_cast<std::size_t>(pace)]; }

std::optional<Pace> pace_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kPaceNames.size(); ++i) {
    if (kPaceNames[i] == name) return static_cast<Pace>(i);
  }
  return std::nullopt;
}

Facts window_facts(const ScheduledFault& window) {
  Facts facts;
  if (!window.trigger.empty()) facts.push_back({"when", Value::text(window.trigger)});
  facts.push_back({"at", Value::text(format_duration(window.at))});
  facts.push_back({"fault", Value::text(window.fault)});
  facts.push_back({"for", Value::text(format_duration(window.duration))});
  if (window.waits) facts.push_back({"waits", Value::boolean(true)});
  if (!window.draw.empty()) facts.push_back({"draw", Value::text(window.draw)});
  for (const Fact& fact : window.seen) facts.push_back({"seen." + fact.name, fact.value});
  if (!window.nodes.empty()) {
    std::vector<Value> nodes;
    for (const std::string& node : window.nodes) nodes.push_back(Value::text(node));
    facts.push_back({"nodes", Value::list(std::move(nodes))});
  }
  for (const Fact& fact : window.chose) facts.push_back({"chose." + fact.name, fact.value});
  return facts;
}

Facts operation_facts(const ListedOperation& operation) {
  std::vector<Value> mops;
  for (const Mop& mop : operation.request) {
    std::vector<Value> parts = {Value::text(fn_name(mop.fn)), Value(mop.key)};
    if (!mop.argument.is_nil()) parts.push_back(mop.argument);
    mops.push_back(Value::list(std::move(parts)));
  }
  return {{"at", Value::text(format_duration(operation.at))},
          {"slot", Value(std::int64_t{operation.slot})},
          {"node", Value(std::int64_t{operation.node} + 1)},
          {"do", Value::list(std::move(mops))}};
}

}  // namespace assay
