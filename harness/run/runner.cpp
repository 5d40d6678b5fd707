#include "harness/run/runner.h"

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "harness/core/error.h"
#include "harness/run/host_noise.h"
#include "harness/run/liveness.h"
#include "harness/run/measure.h"
#include "harness/run/node_resources.h"
#include "harness/run/recorders.h"
#include "harness/run/replication.h"
#include "harness/run/vacuity.h"

namespace assay {

namespace {

// Stops the target whatever happens; trouble while stopping is the harness's.
void stop_target(Target& target, const std::string& log_directory, RunResult& result) {
  const auto attempt = [&result](auto action) {
    try {
      action();
    } catch (const std::exception& error) {
      if (result.harness_error.empty()) result.harness_error = error.what();
    }
  };
  if (result.harness_error.empty()) attempt([&] { result.counters = target.counters(); });
  if (!log_directory.empty()) attempt([&] { target.collect_logs(log_directory); });
  attempt([&] { target.stop(); });
}

// What was seen of the nodes beside the operations. Without it a run is still a run.
void collect_observations(Target& target, Nanos now, RunResult& result) {
  Measurements& measured = result.measurements;
  measured.replication.samples = target.replication();
  if (!result.harness_error.empty()) return;
  try {
    measured.nodes = target.resources(now);
    for (NodeResources& node : measured.nodes)
      std::erase_if(node.samples,
                    [](const NodeSample& sample) { return sample.at < 0; });  // while it was deployed
  } catch (const HarnessError& error) {
    result.harness_error = error.what();
  }
}

struct LoopEnd {
  std::int64_t dropped = 0;  // operations that were due in the main phase and never sent
  int nice = 0;
};

LoopEnd run_loop(const RunInputs& inputs, Recorder& recorder, RunResult& result) {
  std::vector<PlannedFault> drawn;
  if (!inputs.faults.empty()) {
    drawn = draw_nemesis_plan(inputs.faults, inputs.plan, Rng(inputs.plan.seed).fork("nemesis-plan"));
  }
  const std::vector<PlannedFault> planned = merge_nemesis_plans(drawn, inputs.schedule);
  if (inputs.planned_faults) {
    std::vector<ScheduledFault> windows;
    for (const PlannedFault& window : planned) windows.push_back(scheduled_fault(window));
    inputs.planned_faults(windows);
  }
  RunLoop loop(inputs.plan, inputs.target, inputs.workload, planned, recorder, inputs.hooks);
  LoopOutcome outcome = loop.run();
  result.carried_out = std::move(outcome.faults);
  result.operations_sent = std::move(outcome.operations);
  result.progress_demanded = outcome.progress_demanded;
  result.recovered = outcome.recovered;
  result.recovery_time = outcome.recovery_time;
  result.late = outcome.late;
  result.interrupted = outcome.interrupted;
  if (result.harness_error.empty()) result.harness_error = outcome.harness_error;
  if (inputs.target.world().simulated()) result.virtual_time = outcome.elapsed;
  collect_observations(inputs.target, outcome.elapsed, result);
  return {outcome.dropped, outcome.nice};
}

void check_history(const RunInputs& inputs, RunResult& result) {
  Budget budget;
  budget.time_limit = inputs.plan.check_time_limit;
  budget.memory_limit_bytes = inputs.plan.check_memory_limit_bytes;
  for (const CheckerSpec& spec : inputs.checkers) {
    result.checks.push_back(inputs.check(spec, result.history, budget));
  }
  if (!result.interrupted && result.harness_error.empty() && result.progress_demanded)
    result.checks.push_back(judge_liveness(result));
}

void measure(const RunInputs& inputs, std::int64_t dropped, RunResult& result) {
  measure_history(result, dropped);
  const Measurements& measured = result.measurements;
  summarize_host(result.measurements.host, measured.main_begin, measured.main_end);
  summarize_nodes(result.measurements.nodes, measured.main_begin, measured.main_end);
  std::vector<std::string> wanted;
  for (const FaultChoice& choice : inputs.faults) wanted.emplace_back(choice.plugin->name);
  for (const PlannedFault& planned : inputs.schedule) wanted.emplace_back(planned.choice.plugin->name);
  result.vacuity = judge_vacuity(result.history, result.faults, wanted);
}

}  // namespace

void conclude(RunResult& result) {
  result.verdict = Verdict::valid;
  result.reason = "every checker accepts the history";
  for (const CheckResult& check : result.checks) {
    if (check.verdict == Verdict::valid || worst(result.verdict, check.verdict) == result.verdict) continue;
    result.verdict = check.verdict;
    result.reason =
        check.checker + ": " + (check.findings.empty() ? check.reason : check.findings.front().summary);
  }
  if (result.verdict == Verdict::valid && result.vacuity.vacuous) {
    result.verdict = Verdict::unknown;
    result.reason = "vacuous: " + result.vacuity.reasons.front();
  }
  if (result.checks.empty()) {
    result.verdict = Verdict::unknown;
    result.reason = "nothing was checked";
  }
  result.exit_code = result.verdict == Verdict::valid     ? kExitValid
                     : result.verdict == Verdict::invalid ? kExitInvalid
                                                          : kExitUnknown;
  if (!result.harness_error.empty()) {
    result.reason = result.harness_error;
    result.exit_code = kExitHarness;
  }
}

void finish_run(const RunInputs& inputs, const std::function<History()>& build_history, std::int64_t dropped,
                RunResult& result) {
  result.target = inputs.target.describe();
  stop_target(inputs.target, inputs.log_directory, result);
  result.history = build_history();
  measure(inputs, dropped, result);
  check_history(inputs, result);
  summarize_replication(result);
  conclude(result);
}

RunResult execute_run(const RunInputs& inputs) {
  const auto began = std::chrono::steady_clock::now();
  RunResult result;
  result.plan = inputs.plan;
  HistoryRecorder memory(inputs.target.node_names());
  std::vector<Recorder*> recorders = {&memory};
  if (inputs.journal != nullptr) recorders.push_back(inputs.journal);
  FanOutRecorder recorder(recorders);
  LoopEnd end;
  try {
    inputs.target.start();
    std::optional<HostSampler> noise;
    if (!inputs.target.world().simulated()) noise.emplace();
    end = run_loop(inputs, recorder, result);
    if (noise) result.measurements.host = noise->finish();
    result.measurements.host.harness_nice = end.nice;
  } catch (const HarnessError& error) {
    result.harness_error = error.what();
  }
  finish_run(
      inputs, [&memory] { return memory.build(); }, end.dropped, result);
  result.wall_time =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace assay
