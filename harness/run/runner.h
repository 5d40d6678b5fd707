// One run from beginning to end: start the target, run the loop, fetch logs, stop, measure, check, and come
// to a verdict. It always comes to an end with a RunResult; trouble of the harness is a field of it, never a
// verdict.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/plan.h"
#include "harness/core/run_result.h"
#include "harness/core/workload.h"
#include "harness/run/loop.h"
#include "harness/run/nemesis_plan.h"

namespace assay {

struct RunInputs {
  const Plan& plan;
  Target& target;
  Workload& workload;
  std::vector<FaultChoice> faults;     // drawn from
  std::vector<PlannedFault> schedule;  // exact
  std::vector<CheckerSpec> checkers;
  Recorder* journal = nullptr;  // sees every event as it happens; may be null
  std::string log_directory;    // where node logs go; empty: not collected
  // Runs the checker of that name.
  std::function<CheckResult(const CheckerSpec&, const History&, const Budget&)> check;
  LoopHooks hooks;
  // Sees the faults as they were drawn and scheduled, before anything is done; may be empty.
  std::function<void(const std::vector<ScheduledFault>&)> planned_faults = {};
};

RunResult execute_run(const RunInputs& inputs);

// What follows the loop: stops the target, measures and judges what was recorded, concludes. Part of execute_run; also for
// those who run a target in parts (block_session.h).
// `dropped`: operations that were due in the main phase and never sent.
void finish_run(const RunInputs& inputs, const std::function<History()>& build_history, std::int64_t dropped,
                RunResult& result);

// Verdict, reason and exit code from what the result holds. Part of execute_run; also for results that were
// read back.
void conclude(RunResult& result);

}  // namespace assay
