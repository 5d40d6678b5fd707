// assay report: judges and measures the history of a run folder again and writes its reports anew. This is how a run
// whose controller was killed gets its report.
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/plan_options.h"
#include "harness/cli/plugins.h"
#include "harness/cli/run_folder.h"
#include "harness/core/error.h"
#include "harness/formats/json_lines_reader.h"
#include "harness/formats/plan_json.h"
#include "harness/gate/objective.h"
#include "harness/run/measure.h"
#include "harness/run/runner.h"
#include "harness/run/vacuity.h"
#include "reports/text/summary.h"

namespace assay::cli {

namespace {

// Final reads are only taken once every process succeeded again after healing.
void read_recovery(RunResult& result) {
  Nanos healed = -1;
  for (const FaultEvent& event : result.history.fault_events()) {
    const Value* name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    const bool final_reads =
        name != nullptr && name->kind() == Value::Kind::text && name->as_text() == "final-reads";
    if (event.stage == FaultEvent::Stage::stop || event.fault == "phase") {
      if (final_reads && healed >= 0) {
        result.recovered = true;
        result.recovery_time = event.time - healed;
      }
      healed = event.time;
    }
  }
}

RunResult rebuild(const std::string& folder) {
  RunResult result;
  result.plan = formats::read_plan(folder + "/plan.json").plan;
  validate_plan(result.plan);
  formats::HistoryFile file = formats::read_json_lines(folder + "/history.jsonl");
  for (const std::string& warning : file.warnings) std::fprintf(stderr, "assay: %s\n", warning.c_str());
  result.history = std::move(file.history);
  result.assay_version = ASSAY_VERSION;
  result.command = command_for(result.plan);
  result.target.target = result.plan.target;
  result.target.mode = result.plan.mode;
  result.target.cluster = result.plan.cluster;
  result.target.bugs = result.plan.bugs;
  for (const ModeInfo& mode : find_target(result.plan.target).modes()) {
    if (mode.name == result.plan.mode) result.target.claimed_consistency = mode.claimed_consistency;
  }
  measure_history(result, 0);
  read_recovery(result);
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
  conclude(result);
  result.objectives = gate::judge_objectives(result);
  result.exit_code = gate::exit_code_with(result.exit_code, result.objectives);
  return result;
}

}  // namespace

void add_report_command(CLI::App& app, Actions& actions) {
  auto folder = std::make_shared<std::string>("store/latest");
  CLI::App* command = app.add_subcommand("report", "Judge a run folder again and write its reports anew");
  command->add_option("RUN", *folder, "Run folder")->capture_default_str();
  actions[command] = [folder] {
    if (!std::filesystem::is_directory(*folder))
      throw InputError("report " + *folder + ": there is no such run folder");
    RunResult result = rebuild(*folder);
    write_reports(result, *folder);
    std::fputs(reports::summary_text(result).c_str(), stderr);
    std::fprintf(stderr, "\nReport: %s/report.html\n", folder->c_str());
    return result.exit_code;
  };
}

}  // namespace assay::cli
