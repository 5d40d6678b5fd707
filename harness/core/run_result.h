// What one run produced: the plan, the history, the verdicts and the measurements. Reporters turn it into
// files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/checker.h"
#include "harness/core/error.h"
#include "harness/core/gate.h"
#include "harness/core/history.h"
#include "harness/core/measurements.h"
#include "harness/core/plan.h"
#include "harness/core/target.h"

namespace assay {

struct Vacuity {
  bool vacuous = false;
  std::vector<std::string> reasons;  // one sentence each
};

struct RunResult {
  int schema_version = 1;
  Plan plan;
  TargetDescription target;
  std::string assay_version;
  std::string command;      // repeats the run
  std::string started_utc;  // ISO 8601; empty in simulation, where it would break replay
  std::string host;         // "2 x AMD EPYC, 24 GiB"; empty in simulation
  History history;
  Verdict verdict = Verdict::unknown;
  std::string reason;  // one sentence
  std::vector<CheckResult> checks;
  std::vector<OperationSummary> operations;
  std::vector<FaultWindowSummary> faults;
  std::vector<RatePoint> rate;
  Measurements measurements;
  Vacuity vacuity;
  std::vector<ScheduledFault> carried_out;       // the faults that were injected, so that they can be again
  std::vector<ListedOperation> operations_sent;  // only when the run was asked to list them
  bool progress_demanded = true;                 // false: a plan that lists its operations asks for no others
  bool recovered = false;                        // progress after the final heal
  Nanos recovery_time = kNever;                  // from the final heal to the first ok of every process class
  Nanos wall_time = 0;
  Nanos virtual_time = 0;  // simulation only
  Facts counters;          // what the target counted, over all nodes
  std::int64_t late = 0;   // operations that were invoked later than due because no process was free
  std::vector<ObjectiveResult> objectives;  // of the plan
  std::string harness_error;                // not empty: exit 255, the verdict is about nothing
  bool interrupted = false;
  int exit_code = kExitUnknown;
};

}  // namespace assay
