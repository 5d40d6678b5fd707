// The fields of a plan, named once: whatever writes or reads plans walks this list, in this order.
//
// A visitor has a function for each kind of field, called with the field's name and the field: text, texts (a list), schedule,
// operations, whole (a whole number from 1 to the given greatest), pace, duration, seed, facts and size (of bytes).
//
// Thread safety: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/plan.h"
#include "harness/core/units.h"

namespace assay {

// AnyPlan: Plan, or const Plan for a visitor that only looks.
template <class AnyPlan, class Visitor>
void visit_fields(AnyPlan& plan, Visitor& visitor) {
  constexpr std::int64_t kMany = 1'000'000'000;
  visitor.text("target", plan.target);
  visitor.text("mode", plan.mode);
  visitor.text("workload", plan.workload);
  visitor.texts("nemesis", plan.nemesis);
  visitor.schedule("schedule", plan.schedule);
  visitor.text("nemesis_budget", plan.nemesis_budget);
  visitor.text("cluster", plan.cluster);
  visitor.whole("nodes", plan.nodes, 1000);
  visitor.whole("concurrency", plan.concurrency, 100'000);
  visitor.whole("keys", plan.keys, kMany);
  visitor.pace("pace", plan.pace);
  visitor.whole("rate", plan.rate, kMany);
  visitor.text("rate_sweep", plan.rate_sweep);
  visitor.duration("think_time", plan.think_time);
  visitor.duration("warm_up", plan.warm_up);
  visitor.duration("time_limit", plan.time_limit);
  visitor.duration("recovery_limit", plan.recovery_limit);
  visitor.duration("operation_timeout", plan.operation_timeout);
  visitor.duration("fault_interval", plan.fault_interval);
  visitor.duration("fault_duration", plan.fault_duration);
  visitor.text("fault_pace", plan.fault_pace);
  visitor.text("quiet", plan.quiet);
  visitor.seed("seed", plan.seed);
  visitor.texts("bugs", plan.bugs);
  visitor.facts("options", plan.options);
  visitor.facts("workload_options", plan.workload_options);
  visitor.texts("checkers", plan.checkers);
  visitor.duration("check_time_limit", plan.check_time_limit);
  visitor.size("check_memory_limit", plan.check_memory_limit_bytes);
  visitor.texts("objectives", plan.objectives);
  visitor.operations("operations", plan.operations);
  visitor.facts("shrunk", plan.shrunk);
}

// {"at": "5s", "fault": "kill-leader", "for": "3s"}, and what else is set: "seen.leader", "chose.death" ...
Facts window_facts(const ScheduledFault& window);
// {"at": "1200ms", "slot": 3, "node": 2, "do": [["write", 1, 17]]}, where nodes count from 1.
Facts operation_facts(const ListedOperation& operation);

// A visitor that writes: every field becomes put(name, value), where value is a text, a list of texts, a number, facts,
// or a list of facts.
// Derived has such functions.
template <class Derived>
class PlanWriter {
 public:
  void text(const char* name, const std::string& field) { self().put(name, field); }
  void texts(const char* name, const std::vector<std::string>& field) { self().put(name, field); }
  void schedule(const char* name, const std::vector<ScheduledFault>& field) {
    std::vector<Facts> windows;
    for (const ScheduledFault& window : field) windows.push_back(window_facts(window));
    self().put(name, windows);
  }
  void operations(const char* name, const std::vector<ListedOperation>& field) {
    std::vector<Facts> list;
    for (const ListedOperation& operation : field) list.push_back(operation_facts(operation));
    self().put(name, list);
  }
  void whole(const char* name, std::int64_t field, std::int64_t) { self().put(name, field); }
  void pace(const char* name, Pace field) { self().put(name, std::string(pace_name(field))); }
  void duration(const char* name, Nanos field) { self().put(name, format_duration(field)); }
  void seed(const char* name, std::uint64_t field) { self().put(name, field); }
  void facts(const char* name, const Facts& field) { self().put(name, field); }
  void size(const char* name, std::size_t field) { self().put(name, format_size(field)); }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace assay
