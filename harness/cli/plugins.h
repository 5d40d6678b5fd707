// Finds plug-ins by name. What is not found is an InputError that lists what there is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/checker.h"
#include "harness/core/fault.h"
#include "harness/core/plan.h"
#include "harness/core/target_plugin.h"
#include "harness/core/trial.h"
#include "harness/core/workload.h"
#include "harness/run/nemesis_plan.h"

namespace assay::cli {

const TargetPlugin& find_target(const std::string& name);
const WorkloadPlugin& find_workload(const std::string& name);
const CheckerPlugin& find_checker(const std::string& name);
const TrialPlugin& find_trial(const std::string& name);

// Makes the checker, runs it, and has it look at the witnesses alone. A checker that does not exist, or options that it refuses, is an InputError.
CheckResult run_checker(const CheckerSpec& spec, const History& history, const Budget& budget);
std::unique_ptr<Checker> make_checker(const CheckerSpec& spec);

// Everything about a plan that can be refused before anything starts.
void validate_plan(const Plan& plan);

struct PlanFaults {
  std::vector<FaultChoice> drawn;
  std::vector<PlannedFault> scheduled;
};
PlanFaults resolve_plan_faults(const Plan& plan);

// Refuses faults that the target can't honour, saying why and which it can.
void require_available(const PlanFaults& faults, Target& target);

// The plan's workload, with its options.
std::unique_ptr<Workload> make_workload(const Plan& plan);
// Those that the plan names, else the workload's.
std::vector<CheckerSpec> judges_of(const Plan& plan, const Workload& workload);

}  // namespace assay::cli
