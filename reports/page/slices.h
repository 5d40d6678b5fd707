// The run cut into equal slices of time, and what happened in each: the figures behind every chart over time, and behind the
// cursor that the charts share. Counted from the history once for the whole page.
//
// Only what the samples support: a percentile of a slice is missing when fewer than ten samples lie above it.
// Complexity: O(n log n) in the number of operations. Thread safety: pure.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/run_result.h"

namespace assay::reports {

struct TimeSlice {
  OutcomeCounts completed;  // an operation that never completed counts where it was invoked
  std::int64_t samples = 0;
  Nanos p50 = -1, p90 = -1, p99 = -1,
        max = -1;              // response time of ok operations, from due; negative: too few
  std::int64_t in_flight = 0;  // the most at any moment
  Nanos lag = 0;               // the longest that an operation waited from due to sent
};

// How often each latency occurred: a cell per slice and step of a logarithmic scale.
struct LatencyGrid {
  static constexpr int kStepsPerDecade = 8;
  int first_step = 0;                              // the lowest step that occurs, counted from 1 ns
  std::vector<std::vector<std::uint32_t>> counts;  // by slice, then by step from first_step
  std::uint32_t most = 0;
};

struct TimeSlices {
  Nanos begin = 0, end = 1;
  std::vector<TimeSlice> slices;
  LatencyGrid grid;

  Nanos width() const { return (end - begin) / static_cast<Nanos>(slices.size()); }
  Nanos begin_of(std::size_t slice) const;
};

TimeSlices slice_run(const RunResult& run);

// Response time of an operation that completed; at least 1.
Nanos response_time(const Operation& operation);

}  // namespace assay::reports
