// What positions of the nodes in a common log tell of replication, sampled a few times a second.
//
// A node lags by the time that has passed since the furthest node was where the slowest one is now. With samples only a lower bound
// is known: at the sample after the last one at which the furthest was no further, it was further already. So a lag that is shorter
// than the time between two samples shows as 0, and what is in flight at the moment of asking does not look like a lag.
//
// Only nodes that answered are compared: one that is dead or paused says nothing, and shows when it is back.
//
// Thread safety: pure functions. Complexity: linear in the samples, times the length of the lag in samples.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "harness/core/run_result.h"

namespace assay {

struct ReplicationLag {
  std::int64_t behind = 0;  // operations
  Nanos time = 0;           // at least
};
// Of the slowest node at one sample; nothing when fewer than two nodes told their position.
std::optional<ReplicationLag> replication_lag(const std::vector<ReplicationSample>& samples,
                                              std::size_t index);

// Fills what the samples tell: the summary's lag_max (unless the database told a larger one), behind_max, pending_max and
// caught_up_after, and the lag of each fault window.
void summarize_lag(ReplicationSummary& summary, std::vector<FaultWindowSummary>& faults);

// What the database counted and the judges found, by the names that targets and checkers have for it.
ReplicationSummary summarize_replication(const Facts& counters, const std::vector<CheckResult>& checks);

// All of it, from the samples that the result's measurements hold already.
void summarize_replication(RunResult& result);

}  // namespace assay
