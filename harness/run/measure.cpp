#include "harness/run/measure.h"

#include <algorithm>
#include <map>
#include <utility>

namespace assay {

namespace {

void count_outcome(OutcomeCounts& counts, Outcome outcome) {
  if (outcome == Outcome::ok) ++counts.ok;
  if (outcome == Outcome::fail) ++counts.fail;
  if (outcome == Outcome::info) ++counts.info;
}

Nanos percentile(const std::vector<Nanos>& sorted, std::size_t per_mille) {
  const std::size_t above = sorted.size() * (1000 - per_mille) / 1000;
  if (above < 10) return -1;
  return sorted[sorted.size() - 1 - above];
}

}  // namespace

PhaseTimes phase_times(const History& history) {
  PhaseTimes times;
  for (const FaultEvent& event : history.fault_events()) {
    const Value* name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    if (name == nullptr || name->kind() != Value::Kind::text) continue;
    if (name->as_text() == "main") times.main_begin = event.time;
    if (name->as_text() == "recovery") times.main_end = event.time;
  }
  return times;
}

LatencySummary summarize_latency(std::vector<Nanos>& samples) {
  LatencySummary summary;
  summary.count = static_cast<std::int64_t>(samples.size());
  if (samples.empty()) return summary;
  std::sort(samples.begin(), samples.end());
  std::int64_t sum = 0;
  for (const Nanos sample : samples)
    sum += sample / summary.count;  // divided first: a sum of hours would overflow
  summary.mean = sum;
  summary.p50 = samples[samples.size() / 2];
  summary.p90 = percentile(samples, 900);
  summary.p95 = percentile(samples, 950);
  summary.p99 = percentile(samples, 990);
  summary.p999 = percentile(samples, 999);
  summary.max = samples.back();
  return summary;
}

std::string operation_kind(const Operation& operation) {
  if (operation.mops.size() != 1) return "txn";
  return std::string(fn_name(operation.mops[0].fn));
}

std::vector<OperationSummary> summarize_operations(const History& history) {
  struct Samples {
    OutcomeCounts counts;
    std::vector<Nanos> response;
    std::vector<Nanos> service;
  };
  const PhaseTimes times = phase_times(history);
  std::map<std::string, Samples> by_kind;
  for (const Operation op : history.operations()) {
    if (op.invoked < times.main_begin || op.invoked >= times.main_end) continue;
    Samples& samples = by_kind[operation_kind(op)];
    count_outcome(samples.counts, op.outcome);
    if (op.outcome != Outcome::ok) continue;
    samples.response.push_back(op.completed - std::min(op.due, op.invoked));
    samples.service.push_back(op.completed - op.invoked);
  }
  std::vector<OperationSummary> summaries;
  for (auto& [kind, samples] : by_kind) {
    summaries.push_back(
        {kind, samples.counts, summarize_latency(samples.response), summarize_latency(samples.service)});
  }
  return summaries;
}

std::vector<RatePoint> rate_by_second(const History& history) {
  struct Second {
    OutcomeCounts counts;
    std::vector<Nanos> latencies;
  };
  std::map<std::int64_t, Second> seconds;
  for (const Operation op : history.operations()) {
    // An info operation is shown where it was invoked: it has no end.
    const Nanos at = op.outcome == Outcome::info ? op.invoked : op.completed;
    Second& second = seconds[at / kSecond];
    count_outcome(second.counts, op.outcome);
    if (op.outcome == Outcome::ok) second.latencies.push_back(op.completed - std::min(op.due, op.invoked));
  }
  std::vector<RatePoint> points;
  if (seconds.empty()) return points;
  for (std::int64_t second = 0; second <= seconds.rbegin()->first; ++second) {
    RatePoint point;
    point.second = second;
    if (const auto found = seconds.find(second); found != seconds.end()) {
      point.completed = found->second.counts;
      std::sort(found->second.latencies.begin(), found->second.latencies.end());
      point.p99 = percentile(found->second.latencies, 990);
    }
    points.push_back(point);
  }
  return points;
}

std::vector<FaultWindowSummary> summarize_fault_windows(const History& history) {
  std::vector<Nanos> ok_completions;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok) ok_completions.push_back(op.completed);
  }
  std::sort(ok_completions.begin(), ok_completions.end());
  std::vector<FaultWindowSummary> summaries;
  for (FaultWindow& window : history.fault_windows()) {
    FaultWindowSummary summary;
    for (const Operation op : history.operations()) {
      if (op.invoked >= window.begin && op.invoked <= window.end) count_outcome(summary.during, op.outcome);
    }
    const Nanos end = window.end == kNever && !ok_completions.empty() ? ok_completions.back() : window.end;
    Nanos previous = window.begin;
    auto at = std::lower_bound(ok_completions.begin(), ok_completions.end(), window.begin);
    for (; at != ok_completions.end() && *at <= end; ++at) {
      summary.longest_gap = std::max(summary.longest_gap, *at - previous);
      previous = *at;
    }
    summary.longest_gap = std::max(summary.longest_gap, end - previous);
    if (window.end != kNever && at != ok_completions.end()) summary.time_to_recover = *at - window.end;
    summary.vacuous = !window.verified || summary.during.total() == 0;
    summary.window = std::move(window);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace assay
