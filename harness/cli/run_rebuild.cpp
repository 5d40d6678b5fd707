#include "harness/cli/run_rebuild.h"

#include <cstdio>
#include <filesystem>

#include "harness/cli/plan_options.h"
#include "harness/cli/plugins.h"
#include "harness/cli/recorded_results.h"
#include "harness/core/error.h"
#include "harness/formats/json_lines_reader.h"
#include "harness/formats/plan_json.h"
#include "harness/gate/objective.h"
#include "harness/run/host_noise.h"
#include "harness/run/liveness.h"
#include "harness/run/measure.h"
#include "harness/run/node_resources.h"
#include "harness/run/replication.h"
#include "harness/run/runner.h"
#include "harness/run/vacuity.h"

namespace assay::cli {

namespace {

void require_run_folder(const std::string& folder) {
  if (!std::filesystem::is_directory(folder)) throw InputError(folder + ": there is no such run folder");
}

// What was recorded counts. Of a run whose controller was killed the history tells: final reads follow at once when every process
// succeeded again, and else when the limit is over.
void read_recovery(RunResult& result) {
  if (!result.interrupted) return;
  Nanos healed = -1;
  for (const FaultEvent& event : result.history.fault_events()) {
    const Value* name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    const bool final_reads =
        name != nullptr && name->kind() == Value::Kind::text && name->as_text() == "final-reads";
    if (event.stage == FaultEvent::Stage::stop || event.fault == "phase") {
      if (final_reads && healed >= 0 && event.time - healed < result.plan.recovery_limit) {
        result.recovered = true;
        result.recovery_time = event.time - healed;
      }
      healed = event.time;
    }
  }
}

// Trouble with one file of the folder is in the report, and no verdict: there must be a report of any run.
void note_trouble(RunResult& result, const std::string& sentence) {
  if (result.harness_error.empty()) result.harness_error = sentence;
}

// False when the plan can't be read: then nothing can be judged.
bool read_folder(const std::string& folder, RunResult& result) {
  result.assay_version = ASSAY_VERSION;
  read_recorded_results(folder + "/results.json", result);
  bool planned = true;
  try {
    result.plan = formats::read_plan(folder + "/plan.json").plan;
    validate_plan(result.plan);
    result.command = command_for(result.plan);
  } catch (const InputError& error) {
    note_trouble(result, error.what());
    planned = false;
  }
  const std::string history = folder + "/history.jsonl";
  try {
    if (!std::filesystem::exists(history))
      throw InputError(history + ": is missing; the run ended before its first operation");
    formats::HistoryFile file = formats::read_json_lines(history);
    for (const std::string& warning : file.warnings) std::fprintf(stderr, "assay: %s\n", warning.c_str());
    result.history = std::move(file.history);
  } catch (const InputError& error) {
    note_trouble(result, error.what());
  }
  return planned;
}

void describe_target(RunResult& result) {
  result.target.target = result.plan.target;
  result.target.mode = result.plan.mode;
  result.target.cluster = result.plan.cluster;
  result.target.bugs = result.plan.bugs;
  for (const ModeInfo& mode : find_target(result.plan.target).modes()) {
    if (mode.name == result.plan.mode && result.target.claimed_consistency.empty())
      result.target.claimed_consistency = mode.claimed_consistency;
  }
}

void judge_again(RunResult& result) {
  std::vector<std::string> wanted;
  const PlanFaults faults = resolve_plan_faults(result.plan);
  for (const FaultChoice& choice : faults.drawn) wanted.emplace_back(choice.plugin->name);
  for (const PlannedFault& planned : faults.scheduled) wanted.emplace_back(planned.choice.plugin->name);
  result.vacuity = judge_vacuity(result.history, result.faults, wanted);
  const auto workload = make_workload(result.plan);
  Budget budget;
  budget.time_limit = result.plan.check_time_limit;
  budget.memory_limit_bytes = result.plan.check_memory_limit_bytes;
  for (const CheckerSpec& spec : judges_of(result.plan, *workload)) {
    result.checks.push_back(run_checker(spec, result.history, budget));
  }
  if (!result.interrupted && result.harness_error.empty() && result.progress_demanded)
    result.checks.push_back(judge_liveness(result));
}

}  // namespace

RunResult rebuild_run(const std::string& folder) {
  require_run_folder(folder);
  RunResult result;
  const bool planned = read_folder(folder, result);
  if (planned) describe_target(result);
  result.progress_demanded = result.plan.operations.empty();
  measure_history(result, result.measurements.load.dropped);
  const Measurements& measured = result.measurements;
  summarize_host(result.measurements.host, measured.main_begin, measured.main_end);
  summarize_nodes(result.measurements.nodes, measured.main_begin, measured.main_end);
  if (result.progress_demanded) read_recovery(result);
  if (planned) judge_again(result);
  summarize_replication(result);
  conclude(result);
  result.objectives = gate::judge_objectives(result);
  result.exit_code = gate::exit_code_with(result.exit_code, result.objectives);
  return result;
}

RunResult recorded_run(const std::string& folder) {
  require_run_folder(folder);
  RunResult result;
  read_folder(folder, result);
  describe_target(result);
  conclude(result);
  return result;
}

}  // namespace assay::cli
