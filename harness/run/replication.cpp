#include "harness/run/replication.h"

#include <algorithm>
#include <utility>

namespace assay {

namespace {

struct Extremes {
  std::int64_t furthest = -1, slowest = -1;
  std::size_t told = 0;  // nodes
};

Extremes extremes_of(const ReplicationSample& sample) {
  Extremes extremes;
  for (const std::int64_t position : sample.positions) {
    if (position < 0) continue;
    extremes.furthest = std::max(extremes.furthest, position);
    extremes.slowest = extremes.told == 0 ? position : std::min(extremes.slowest, position);
    ++extremes.told;
  }
  return extremes;
}

template <class Number>
void keep_highest(std::optional<Number>& highest, Number number) {
  highest = std::max(highest.value_or(number), number);
}

// When the last fault ended; nothing when there was none, or one never did.
std::optional<Nanos> last_heal(const std::vector<FaultWindowSummary>& faults) {
  std::optional<Nanos> last;
  for (const FaultWindowSummary& fault : faults) keep_highest(last, fault.window.end);
  return last == kNever ? std::nullopt : last;
}

// The first sample at which every node answers and has what the furthest one had at the first look after `healed`.
std::optional<Nanos> caught_up(const std::vector<ReplicationSample>& samples, Nanos healed) {
  std::optional<std::int64_t> wanted;
  for (const ReplicationSample& sample : samples) {
    if (sample.at < healed) continue;
    const Extremes extremes = extremes_of(sample);
    if (extremes.told == 0) continue;
    if (!wanted) wanted = extremes.furthest;
    if (extremes.told == sample.positions.size() && extremes.slowest >= *wanted) return sample.at - healed;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ReplicationLag> replication_lag(const std::vector<ReplicationSample>& samples,
                                              std::size_t index) {
  const Extremes now = extremes_of(samples[index]);
  if (now.told < 2) return std::nullopt;
  if (now.slowest == now.furthest) return ReplicationLag{};
  std::size_t since = index;  // the first sample known to have seen a node further
  for (std::size_t i = index; i-- > 0;) {
    const Extremes before = extremes_of(samples[i]);
    if (before.told == 0) continue;
    if (before.furthest <= now.slowest) break;
    since = i;
  }
  return ReplicationLag{now.furthest - now.slowest, samples[index].at - samples[since].at};
}

void summarize_lag(ReplicationSummary& summary, std::vector<FaultWindowSummary>& faults) {
  for (std::size_t i = 0; i < summary.samples.size(); ++i) {
    const ReplicationSample& sample = summary.samples[i];
    if (sample.pending) keep_highest(summary.pending_max, *sample.pending);
    const std::optional<ReplicationLag> lag = replication_lag(summary.samples, i);
    if (!lag) continue;
    keep_highest(summary.lag_max, lag->time);
    keep_highest(summary.behind_max, lag->behind);
    for (FaultWindowSummary& fault : faults) {
      if (sample.at < fault.window.begin || sample.at >= fault.window.end) continue;
      keep_highest(fault.replication_lag_max, lag->time);
      keep_highest(fault.replication_behind_max, lag->behind);
    }
  }
  if (const std::optional<Nanos> healed = last_heal(faults))
    summary.caught_up_after = caught_up(summary.samples, *healed);
}

ReplicationSummary summarize_replication(const Facts& counters, const std::vector<CheckResult>& checks) {
  ReplicationSummary summary;
  const auto whole = [](const Value* value) {
    return value != nullptr && value->is_integer() ? std::optional(value->as_integer()) : std::nullopt;
  };
  summary.leader_changes = whole(find_fact(counters, "failovers"));
  // The first election changes nothing.
  if (const auto won = whole(find_fact(counters, "elections_won")); won && !summary.leader_changes)
    summary.leader_changes = std::max<std::int64_t>(*won - 1, 0);
  summary.lag_max = whole(find_fact(counters, "replication_lag_max_ns"));
  for (const CheckResult& check : checks) {
    if (const auto time = whole(find_fact(check.statistics, "converged_after_healing_nanoseconds")))
      summary.convergence_time = time;
  }
  return summary;
}

void summarize_replication(RunResult& result) {
  ReplicationSummary summary = summarize_replication(result.counters, result.checks);
  summary.samples = std::move(result.measurements.replication.samples);
  summarize_lag(summary, result.faults);
  result.measurements.replication = std::move(summary);
}

}  // namespace assay
