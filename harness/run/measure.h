// Measurements of a finished history: counts, latencies, rates, and what each fault window did to the
// clients. Pure functions. Only the main phase counts for latencies; warm-up, recovery and final reads are
// left out.
//
// Complexity: O(n log n) in the number of operations (exact percentiles by sorting), O(n * windows) for
// windows.
#pragma once

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

// Percentiles of the samples (nearest rank); a percentile that fewer than ten samples lie above is left out,
// except the maximum. Sorts `samples`.
LatencySummary summarize_latency(std::vector<Nanos>& samples);

// "read", "write", "cas" ...; "txn" for more than one mop.
std::string operation_kind(const Operation& operation);

std::vector<OperationSummary> summarize_operations(const History& history);
std::vector<RatePoint> rate_by_second(const History& history);
std::vector<FaultWindowSummary> summarize_fault_windows(const History& history);

}  // namespace assay
