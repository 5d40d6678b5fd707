#include "harness/cli/execute.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "harness/cli/interrupt.h"
#include "harness/cli/plan_options.h"
#include "harness/cli/plugins.h"
#include "harness/cli/progress.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/run_hosts.h"
#include "harness/cli/space_reserve.h"
#include "harness/core/error.h"
#include "harness/core/message_trace.h"
#include "harness/formats/json_lines.h"
#include "harness/formats/nemesis_json.h"
#include "harness/gate/objective.h"
#include "harness/run/journal.h"
#include "harness/run/runner.h"
#include "reports/page/logs.h"
#include "reports/page/page.h"
#include "reports/page/space_time.h"

namespace assay::cli {

namespace {

using PlannedFaults = std::function<void(const std::vector<ScheduledFault>&)>;

// As the folder says them before anything is injected, and once more when it is known what they came to.
void write_nemesis(const std::vector<ScheduledFault>& windows, const Plan& plan, const std::string& folder) {
  if (!windows.empty()) write_file(folder + "/nemesis.json", formats::nemesis_to_json(windows, plan.seed));
}

RunResult execute_on(const Plan& plan, Target& target, PlanFaults faults, Recorder* journal,
                     const std::string& log_directory, LoopHooks hooks, PlannedFaults planned_faults,
                     const std::string& only_checker = "") {
  const auto workload = make_workload(plan);
  std::vector<CheckerSpec> judges = judges_of(plan, *workload);
  std::erase_if(judges,
                [&](const CheckerSpec& spec) { return !only_checker.empty() && spec.name != only_checker; });
  RunInputs inputs{.plan = plan,
                   .target = target,
                   .workload = *workload,
                   .faults = std::move(faults.drawn),
                   .schedule = std::move(faults.scheduled),
                   .checkers = std::move(judges),
                   .journal = journal,
                   .log_directory = log_directory,
                   .check = run_checker,
                   .hooks = std::move(hooks),
                   .planned_faults = std::move(planned_faults)};
  RunResult result = execute_run(inputs);
  result.objectives = gate::judge_objectives(result);
  result.exit_code = gate::exit_code_with(result.exit_code, result.objectives);
  result.assay_version = ASSAY_VERSION;
  result.command = command_for(plan);
  return result;
}

// Trouble with a file is the harness's.
template <class Action>
void try_to(RunResult& result, Action action) {
  try {
    action();
  } catch (const HarnessError& error) {
    if (!result.harness_error.empty()) return;
    result.harness_error = error.what();
    conclude(result);
  }
}

}  // namespace

std::vector<TracedMessage> messages_around_anomaly(const RunResult& result) {
  const Plan& plan = result.plan;
  if (result.verdict != Verdict::invalid || plan.cluster != "sim" || !result.harness_error.empty()) return {};
  const reports::TraceStretch stretch = reports::stretch_around_anomaly(result);
  if (stretch.begin > stretch.end) return {};
  const std::unique_ptr<Target> target = find_target(plan.target).make(plan, "");
  MessageTracing* tracing = target->messages();
  if (tracing == nullptr) return {};
  tracing->trace_messages(stretch.begin, stretch.end, reports::kTracedMessagesMax);
  const auto workload = make_workload(plan);
  PlanFaults faults = resolve_plan_faults(plan);
  RunInputs inputs{.plan = plan,
                   .target = *target,
                   .workload = *workload,
                   .faults = std::move(faults.drawn),
                   .schedule = std::move(faults.scheduled),
                   .checkers = {},
                   .journal = nullptr,
                   .log_directory = "",
                   .check = run_checker,
                   .hooks = {}};
  inputs.hooks.interrupt = &interrupt_flag();
  const RunResult again = execute_run(inputs);
  if (again.history.digest() != result.history.digest()) return {};
  return tracing->traced_messages();
}

void add_messages_to_report(const RunResult& result, const std::string& folder) {
  const std::vector<TracedMessage> messages = messages_around_anomaly(result);
  if (messages.empty()) return;
  write_file(
      folder + "/report.html",
      reports::page_html(result, {nullptr, "", reports::log_excerpts_of(folder, result), messages, {}}));
}

Executed execute_plan(const Plan& plan, const ExecuteOptions& options) {
  validate_plan(plan);
  const TargetPlugin& plugin = find_target(plan.target);
  const std::string started = utc_now();
  std::unique_ptr<RunHosts> hosts;
  if (!plugin.in_process) hosts = std::make_unique<RunHosts>(plan, "run");
  const std::unique_ptr<Target> target = plugin.make(plan, hosts ? hosts->file() : "");
  PlanFaults faults = resolve_plan_faults(plan);
  require_available(faults, *target);
  if (options.show_progress) std::fprintf(stderr, "%s\n", command_for(plan).c_str());

  Executed executed;
  std::unique_ptr<Journal> journal;
  std::optional<SpaceReserve> reserve;
  if (!options.store.empty()) {
    executed.folder = create_run_folder(options.store, plan, target->describe());
    reserve.emplace(executed.folder);
    journal = std::make_unique<Journal>(executed.folder + "/history.jsonl",
                                        std::make_unique<formats::JsonLinesEncoder>(target->node_names()));
  }
  const bool simulated = target->world().simulated();
  ProgressLine line;
  LoopHooks hooks;
  if (options.interruptible) hooks.interrupt = &interrupt_flag();
  if (options.show_progress && !simulated) hooks.progress = [&line](const Progress& p) { line.show(p); };
  if (journal) hooks.trouble = [&journal] { return journal->error(); };
  const std::string logs = executed.folder.empty() || simulated ? "" : executed.folder + "/nodes";
  PlannedFaults planned_faults;
  if (!executed.folder.empty()) {
    planned_faults = [&](const auto& windows) { write_nemesis(windows, plan, executed.folder); };
  }
  executed.result = execute_on(plan, *target, std::move(faults), journal.get(), logs, std::move(hooks),
                               std::move(planned_faults));
  if (!simulated) {
    executed.result.started_utc = started;
    executed.result.host = describe_host();
  }
  if (journal) try_to(executed.result, [&] { journal->close(); });
  reserve.reset();
  if (!executed.folder.empty()) {
    try_to(executed.result, [&] { write_nemesis(executed.result.carried_out, plan, executed.folder); });
    write_reports(executed.result, executed.folder);
    if (simulated) add_messages_to_report(executed.result, executed.folder);
  }
  return executed;
}

RunResult simulate_plan(const Plan& plan, const SimulateOptions& options) {
  const std::unique_ptr<Target> target = find_target(plan.target).make(plan, "");
  PlanFaults faults = resolve_plan_faults(plan);
  require_available(faults, *target);
  LoopHooks hooks;
  hooks.interrupt = &interrupt_flag();
  hooks.list_operations = options.list_operations;
  return execute_on(plan, *target, std::move(faults), nullptr, "", std::move(hooks), {},
                    options.only_checker);
}

}  // namespace assay::cli
