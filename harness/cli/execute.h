// Executes one plan with everything around it: hosts, folder, journal, checkers, reports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/message_trace.h"
#include "harness/core/run_result.h"

namespace assay::cli {

struct ExecuteOptions {
  std::string store;          // where the run folder goes; empty: no folder, no journal, no reports
  std::string title;          // shown while it runs
  bool show_progress = true;  // the command that repeats it, and a progress line
  bool interruptible = true;  // by Ctrl-C
};

struct Executed {
  RunResult result;
  std::string folder;  // empty without a store
};

// Throws InputError before anything starts; afterwards trouble is in the result.
Executed execute_plan(const Plan& plan, const ExecuteOptions& options);

// The messages around the first anomaly of a simulated run, by repeating it: a seed gives the same bytes again. Empty for a run
// that has no anomaly, can't be repeated, or whose target keeps no messages.
std::vector<TracedMessage> messages_around_anomaly(const RunResult& result);

// Writes report.html once more, with the messages around the first anomaly. Does nothing where there are none.
void add_messages_to_report(const RunResult& result, const std::string& folder);

struct SimulateOptions {
  bool list_operations = false;  // RunResult::operations_sent
  std::string only_checker;      // not empty: the other judges are not asked
};

// A simulated plan without folder, progress or reports: for explore and shrink. May be called by several threads at once.
RunResult simulate_plan(const Plan& plan, const SimulateOptions& options = {});

}  // namespace assay::cli
