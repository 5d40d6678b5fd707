// What can be measured of a run, by name. An experiment shows measures in its table and sets bounds to them.
//
//   elections_won               what the database counted under that name (RunResult::counters)
//   staleness.worst_ns          a statistic of a checker: <checker>.<name>; a list gives a sample for each element
//   findings, findings.G0       how many findings there are, of that anomaly; all of them where a checker counts them
//   ok, fail, info, ok_percent  operations of the main phase
//   write.ok, read.p50_ns       of one kind; p50, p90, p95, p99, p999, mean and max are response times
//   fault.ok, fault.ok_percent  operations that were sent while a fault was in force; also .fail, .info
//   fault.gap_ns                per fault window, the longest time without an operation that succeeded
//   fault.write_gap_ns          the same, of operations that change something
//   fault.recover_ns            per fault window, from its healing to the next operation that succeeded
//   fault.kill.gap_ns           the same of the windows of one fault
//   recovery_ns                 from the last healing until every process succeeded again
//   outages_ns                  every time without a successful write in the main phase that lasted 100 ms or longer
//
// Thread safety: pure functions. Complexity: linear in the history for what is not summed up in the result already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/experiment.h"
#include "harness/core/run_result.h"

namespace assay::experiments {

// Nothing when the run has no such measure (a database that counts no such thing, too few operations for a percentile).
std::optional<std::vector<double>> measure_run(const RunResult& run, const std::string& name);

// Nothing when there are no samples and the aggregate is not the total.
std::optional<double> aggregate_of(Aggregate aggregate, std::vector<double> samples);

// Its name ends in "_ns" or "_nanoseconds".
bool is_time(const std::string& measure);

// "37", "1.5", "310 ms".
std::string quantity_text(const std::string& measure, double value);

}  // namespace assay::experiments
