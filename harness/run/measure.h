// Measurements of a finished history: counts, latencies, rates, and what each fault window did to the clients
// (harness/core/measurements.h says what each figure means). Pure functions.
//
// Complexity: O(n log n) in the number of operations, O(n + windows * n) for fault windows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/history.h"
#include "harness/core/run_result.h"

namespace assay {

// Where the phases of a run lie in its history, from the marks of the loop; the whole history when there are
// none.
struct PhaseTimes {
  Nanos main_begin = 0;
  Nanos main_end = kNever;
};
PhaseTimes phase_times(const History& history);

// When the plan wanted it; an operation of a closed loop when it was sent.
inline Nanos due_of(const Operation& operation) { return std::min(operation.due, operation.invoked); }

LatencySummary summarize_latency(const Histogram& histogram);

// "read", "write", "cas" ...; "txn" for more than one mop.
std::string operation_kind(const Operation& operation);

// Main phase, in order of kind.
std::vector<OperationSummary> summarize_operations(const History& history);
// All kinds together.
OperationSummary summarize_all(const std::vector<OperationSummary>& operations);

std::vector<LatencyCell> latency_cells(const History& history, std::vector<std::string>& kinds);

// `dropped`: how many operations that were due in the main phase were never sent (LoopOutcome).
LoadSummary summarize_load(const History& history, Pace pace, std::int64_t dropped);

// An operation with outcome info is taken to be in flight for `timeout`.
std::vector<RatePoint> rate_by_second(const History& history, Nanos timeout = 2 * kSecond);

std::vector<FaultWindowSummary> summarize_fault_windows(const History& history);

// Seconds that any fault window touches are left out.
Stationarity judge_stationarity(const std::vector<RatePoint>& rate,
                                const std::vector<FaultWindowSummary>& faults);

// The steps of a rate sweep; the loop marks the end of each (fault "phase", name kStepMark, with rate, begin, dropped).
inline constexpr const char* kStepMark = "step";
Sweep measure_sweep(const History& history);

// Fills operations, rate, faults and measurements of a result from its history and plan.
void measure_history(RunResult& result, std::int64_t dropped);

}  // namespace assay
