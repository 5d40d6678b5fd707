#include "harness/cli/plugins.h"

#include <span>
#include <sstream>

#include "checkers/common/judge.h"
#include "checkers/registry.h"
#include "harness/core/error.h"
#include "harness/core/option_reader.h"
#include "harness/core/rates.h"
#include "harness/core/schedule.h"
#include "harness/gate/objective.h"
#include "nemesis/registry.h"
#include "targets/registry.h"
#include "trials/registry.h"
#include "workloads/registry.h"

namespace assay::cli {

namespace {

template <typename Plugin>
const Plugin& find_by_name(std::span<const Plugin* const> plugins, const std::string& name,
                           const std::string& option, const std::string& kind) {
  std::string names;
  for (const Plugin* plugin : plugins) {
    if (plugin->name == name) return *plugin;
    if (!names.empty()) names += ", ";
    names += plugin->name;
  }
  throw InputError(option + " " + name + ": there is no such " + kind + "; there are " + names);
}

void require(bool fulfilled, const std::string& sentence) {
  if (!fulfilled) throw InputError(sentence);
}

void require_known_mode(const TargetPlugin& target, const Plan& plan) {
  std::string names;
  for (const ModeInfo& mode : target.modes()) {
    if (!names.empty()) names += ", ";
    names += mode.name;
    if (mode.name != plan.mode) continue;
    for (const std::string& bug : plan.bugs) {
      std::string bugs;
      bool known = false;
      for (const BugInfo& info : mode.bugs) {
        known = known || info.name == bug;
        bugs += (bugs.empty() ? "" : ", ") + info.name;
      }
      require(known, "--bug " + bug + ": mode " + mode.name + " has no such seeded bug; it has " +
                         (bugs.empty() ? "none" : bugs));
    }
    return;
  }
  throw InputError("--mode " + plan.mode + ": target " + plan.target + " has no such mode; it has " + names);
}

}  // namespace

const TargetPlugin& find_target(const std::string& name) {
  return find_by_name(targets::all_plugins(), name, "--target", "target");
}

const WorkloadPlugin& find_workload(const std::string& name) {
  return find_by_name(workloads::all_plugins(), name, "--workload", "workload");
}

const CheckerPlugin& find_checker(const std::string& name) {
  return find_by_name(checkers::all_plugins(), name, "--checker", "checker");
}

const TrialPlugin& find_trial(const std::string& name) {
  return find_by_name(trials::all_plugins(), name, "trial", "trial");
}

std::unique_ptr<Checker> make_checker(const CheckerSpec& spec) {
  const CheckerPlugin& plugin = find_checker(spec.name);
  std::string error;
  std::unique_ptr<Checker> checker = plugin.make(spec.options, error);
  if (checker == nullptr) throw InputError("checker " + spec.name + ": " + error);
  return checker;
}

CheckResult run_checker(const CheckerSpec& spec, const History& history, const Budget& budget) {
  return checkers::judge(*make_checker(spec), history, budget);
}

namespace {

void require_possible_load(const Plan& plan) {
  require(plan.think_time == 0 || plan.pace == Pace::closed_loop,
          "--think-time: only a closed loop has one; an open loop's operations are due when its rate says");
  if (plan.rate_sweep.empty()) return;
  const auto rates = parse_rates(plan.rate_sweep);
  require(rates.has_value(),
          "--rate-sweep " + plan.rate_sweep +
              ": expected rates like 1000..10000:1000 or 1000,2000,5000, at most 100, each between 1 "
              "and 10000000 operations a second");
  require(plan.pace != Pace::closed_loop, "--rate-sweep: a closed loop has no rate; leave out --closed-loop");
  require(plan.time_limit >= static_cast<Nanos>(rates->size()) * kSecond,
          "--rate-sweep: its " + std::to_string(rates->size()) +
              " steps share the main phase, and each needs at least a second; give a longer --time-limit");
}

void require_possible_faults(const Plan& plan) {
  require(plan.fault_pace == "uniform" || plan.fault_pace == "poisson" || plan.fault_pace == "fixed",
          "--fault-pace " + plan.fault_pace + ": expected uniform, poisson or fixed");
  require(parse_periods(plan.quiet).has_value(),
          "--quiet " + plan.quiet + ": expected periods of the main phase like 10s..15s,40s..45s");
  const auto budget = parse_budget(plan.nemesis_budget, static_cast<std::size_t>(plan.nodes));
  require(budget.has_value(), "--nemesis-budget " + plan.nemesis_budget +
                                  ": expected none, minority or a number of nodes, at least 1");
  require(*budget > 0, "--nemesis-budget minority: of " + std::to_string(plan.nodes) +
                           (plan.nodes == 1 ? " node" : " nodes") + " none can be spared");
}

void require_possible_operations(const Plan& plan) {
  require(plan.operations.empty() || plan.rate_sweep.empty(),
          "rate_sweep: a plan that lists its operations has no rates");
  for (std::size_t i = 0; i < plan.operations.size(); ++i) {
    const ListedOperation& operation = plan.operations[i];
    const std::string name = "operations[" + std::to_string(i) + "]";
    require(operation.slot < plan.concurrency, name + ".slot " + std::to_string(operation.slot) +
                                                   ": there are only slots 0 to " +
                                                   std::to_string(plan.concurrency - 1) + " (concurrency)");
    require(operation.node < plan.nodes, name + ".node " + std::to_string(operation.node + 1) +
                                             ": there are only " + std::to_string(plan.nodes) + " nodes");
  }
}

}  // namespace

void validate_plan(const Plan& plan) {
  require(plan.nodes >= 1, "--nodes " + std::to_string(plan.nodes) + ": at least 1 node is needed");
  require(plan.nodes <= 100, "--nodes " + std::to_string(plan.nodes) + ": at most 100 nodes are possible");
  require(plan.concurrency >= 1,
          "--concurrency " + std::to_string(plan.concurrency) + ": at least 1 is needed");
  require(plan.concurrency <= 100'000,
          "--concurrency " + std::to_string(plan.concurrency) + ": at most 100000 is possible");
  require(plan.keys >= 1, "--keys " + std::to_string(plan.keys) + ": at least 1 key is needed");
  require(
      plan.pace == Pace::closed_loop || (plan.rate >= 1 && plan.rate <= 10'000'000),
      "--rate " + std::to_string(plan.rate) + ": between 1 and 10000000 operations a second are possible");
  require_possible_load(plan);
  require(plan.time_limit > 0, "--time-limit: must be more than 0s");
  require(plan.operation_timeout > 0, "--operation-timeout: must be more than 0s");
  require(plan.fault_interval > 0 && plan.fault_duration > 0,
          "--fault-interval and --fault-duration: must be more than 0s");
  require_possible_faults(plan);
  require_possible_operations(plan);
  find_workload(plan.workload);
  require_known_mode(find_target(plan.target), plan);
  resolve_plan_faults(plan);
  for (const CheckerSpec& spec : judges_of(plan, *make_workload(plan))) make_checker(spec);
  for (const std::string& objective : plan.objectives) gate::parse_objective(objective);
}

PlanFaults resolve_plan_faults(const Plan& plan) {
  return {.drawn = resolve_faults(plan.nemesis, nemesis::all_plugins()),
          .scheduled = resolve_schedule(plan, nemesis::all_plugins())};
}

std::unique_ptr<Workload> make_workload(const Plan& plan) {
  return find_workload(plan.workload)
      .make({.keys = plan.keys,
             .seed = plan.seed,
             .processes = plan.concurrency,
             .nodes = plan.nodes,
             .options = plan.workload_options});
}

std::vector<CheckerSpec> judges_of(const Plan& plan, const Workload& workload) {
  if (plan.checkers.empty()) return workload.checkers();
  std::vector<CheckerSpec> specs;
  for (const std::string& text : plan.checkers) {
    std::istringstream words(text);
    CheckerSpec spec;
    words >> spec.name;
    for (std::string word; words >> word;) {
      const Fact option = parse_option("--checker \"" + text + "\": option", word);
      spec.options[option.name] = word.substr(option.name.size() + 1);
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

namespace {

// Why the target can't be hurt so; nothing when it can.
std::optional<std::string> refusal(const FaultChoice& choice, Target& target) {
  if (auto reason = choice.plugin->unavailable(target)) return reason;
  return choice.plugin->make(choice.variant)->refusal(target);
}

void require_available(const FaultChoice& choice, const std::string& option, Target& target) {
  const auto reason = refusal(choice, target);
  if (!reason) return;
  std::string available;
  for (const FaultPlugin* plugin : nemesis::all_plugins()) {
    if (!plugin->unavailable(target))
      available += (available.empty() ? "" : ", ") + std::string(plugin->name);
  }
  throw InputError(option + " " + std::string(choice.plugin->name) +
                   ": not possible for this target, because " + *reason + "; possible are " +
                   (available.empty() ? "none" : available));
}

}  // namespace

void require_available(const PlanFaults& faults, Target& target) {
  for (const FaultChoice& choice : faults.drawn) require_available(choice, "--nemesis", target);
  for (const PlannedFault& planned : faults.scheduled) {
    require_available(planned.choice, "--schedule", target);
    const auto trigger = parse_trigger(planned.trigger);
    if (trigger && trigger->kind == Trigger::Kind::log && !target.log_lines_with(trigger->what))
      throw InputError("--schedule " + planned.trigger +
                       ": the logs of this target can't be read while it runs");
  }
}

}  // namespace assay::cli
