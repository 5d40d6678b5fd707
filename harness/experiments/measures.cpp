#include "harness/experiments/measures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>

namespace assay::experiments {

namespace {

using Samples = std::optional<std::vector<double>>;

Samples one(double value) { return std::vector<double>{value}; }

Samples from_value(const Value& value) {
  if (value.kind() == Value::Kind::integer) return one(static_cast<double>(value.as_integer()));
  if (value.kind() == Value::Kind::boolean) return one(value.as_boolean() ? 1 : 0);
  if (value.kind() != Value::Kind::list) return std::nullopt;
  std::vector<double> samples;
  for (const Value& element : value.as_list()) {
    if (element.kind() != Value::Kind::integer) return std::nullopt;
    samples.push_back(static_cast<double>(element.as_integer()));
  }
  return samples;
}

Samples of_counts(const OutcomeCounts& counts, const std::string& name) {
  if (name == "ok") return one(static_cast<double>(counts.ok));
  if (name == "fail") return one(static_cast<double>(counts.fail));
  if (name == "info") return one(static_cast<double>(counts.info));
  if (name == "total") return one(static_cast<double>(counts.total()));
  if (name != "ok_percent" || counts.total() == 0) return std::nullopt;
  return one(100.0 * static_cast<double>(counts.ok) / static_cast<double>(counts.total()));
}

Samples of_latency(const LatencySummary& latency, const std::string& name) {
  const std::pair<const char*, Nanos> kNamed[] = {
      {"mean_ns", latency.mean}, {"p50_ns", latency.p50},   {"p90_ns", latency.p90}, {"p95_ns", latency.p95},
      {"p99_ns", latency.p99},   {"p999_ns", latency.p999}, {"max_ns", latency.max}};
  for (const auto& [known, value] : kNamed) {
    if (name == known && value >= 0) return one(static_cast<double>(value));
  }
  return std::nullopt;
}

void add(OutcomeCounts& sum, const OutcomeCounts& counts) {
  sum.ok += counts.ok;
  sum.fail += counts.fail;
  sum.info += counts.info;
}

bool changes_something(const Operation& op) {
  return std::any_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) { return mop.fn != Fn::read; });
}

// When operations that change something succeeded, in order.
std::vector<Nanos> write_completions(const History& history) {
  std::vector<Nanos> completions;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok && changes_something(op)) completions.push_back(op.completed);
  }
  std::sort(completions.begin(), completions.end());
  return completions;
}

Nanos longest_gap(const std::vector<Nanos>& completions, Nanos begin, Nanos end) {
  Nanos previous = begin;
  Nanos longest = 0;
  for (auto at = std::lower_bound(completions.begin(), completions.end(), begin);
       at != completions.end() && *at <= end; ++at) {
    longest = std::max(longest, *at - previous);
    previous = *at;
  }
  return std::max(longest, end - previous);
}

// Operations that were sent while a fault of that name (any, when there is none) was in force; one of two windows counts for
// each. Not those that were due: what waits until the fault is over would look as if it had succeeded in it.
OutcomeCounts sent_in_faults(const RunResult& run, const std::string& fault) {
  OutcomeCounts counts;
  for (const FaultWindowSummary& summary : run.faults) {
    if (fault.empty() || summary.window.fault == fault) add(counts, summary.sent_during);
  }
  return counts;
}

Samples of_faults(const RunResult& run, std::string name) {
  std::string fault;
  if (const std::size_t dot = name.find('.'); dot != std::string::npos) {
    fault = name.substr(0, dot);
    name = name.substr(dot + 1);
  }
  const std::vector<Nanos> completions =
      name == "write_gap_ns" ? write_completions(run.history) : std::vector<Nanos>{};
  OutcomeCounts counts;
  if (!name.ends_with("_ns")) counts = sent_in_faults(run, fault);
  std::vector<double> samples;
  for (const FaultWindowSummary& summary : run.faults) {
    const FaultWindow& window = summary.window;
    if (!fault.empty() && window.fault != fault) continue;
    if (name == "gap_ns") samples.push_back(static_cast<double>(summary.longest_gap));
    if (name == "recover_ns" && summary.time_to_recover != kNever)
      samples.push_back(static_cast<double>(summary.time_to_recover));
    if (name == "write_gap_ns" && window.end != kNever)
      samples.push_back(static_cast<double>(longest_gap(completions, window.begin, window.end)));
  }
  if (name.ends_with("_ns")) return samples;
  return of_counts(counts, name);
}

// Within the main phase, as its marks in the history tell.
Samples outages(const RunResult& run) {
  constexpr Nanos kOutage = 100 * kMillisecond;
  Nanos begin = 0;
  Nanos end = kNever;
  for (const FaultEvent& event : run.history.fault_events()) {
    const Value* name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    if (name == nullptr) continue;
    if (*name == Value::text("main")) begin = event.time;
    if (*name == Value::text("recovery")) end = event.time;
  }
  std::vector<double> gaps;
  Nanos previous = begin;
  for (const Nanos at : write_completions(run.history)) {
    if (at < begin || at > end) continue;
    if (at - previous >= kOutage) gaps.push_back(static_cast<double>(at - previous));
    previous = at;
  }
  if (end != kNever && end - previous >= kOutage) gaps.push_back(static_cast<double>(end - previous));
  return gaps;
}

Samples of_findings(const RunResult& run, const std::string& anomaly) {
  std::int64_t count = 0;
  for (const CheckResult& check : run.checks) {
    // A checker lists a few findings and counts the others.
    const Value* counted = anomaly.empty() ? nullptr : find_fact(check.statistics, anomaly);
    if (counted != nullptr && counted->is_integer()) {
      count += counted->as_integer();
      continue;
    }
    count += std::count_if(check.findings.begin(), check.findings.end(), [&](const Finding& finding) {
      return anomaly.empty() || finding.anomaly == anomaly;
    });
  }
  return one(static_cast<double>(count));
}

Samples of_operations(const RunResult& run, const std::string& kind, const std::string& name) {
  OutcomeCounts sum;
  for (const OperationSummary& summary : run.operations) {
    if (summary.kind == kind) {
      if (auto samples = of_counts(summary.counts, name)) return samples;
      return of_latency(summary.response, name);
    }
    add(sum, summary.counts);
  }
  return kind.empty() ? of_counts(sum, name) : std::nullopt;
}

}  // namespace

std::optional<std::vector<double>> measure_run(const RunResult& run, const std::string& name) {
  if (const Value* counted = find_fact(run.counters, name)) return from_value(*counted);
  if (name == "recovery_ns")
    return run.recovered ? one(static_cast<double>(run.recovery_time)) : std::nullopt;
  if (name == "outages_ns") return outages(run);
  if (name == "findings") return of_findings(run, "");
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return of_operations(run, "", name);
  const std::string first = name.substr(0, dot);
  const std::string rest = name.substr(dot + 1);
  if (first == "findings") return of_findings(run, rest);
  if (first == "fault") return of_faults(run, rest);
  for (const CheckResult& check : run.checks) {
    if (check.checker != first) continue;
    if (const Value* statistic = find_fact(check.statistics, rest)) return from_value(*statistic);
  }
  return of_operations(run, first, rest);
}

std::optional<double> aggregate_of(Aggregate aggregate, std::vector<double> samples) {
  if (aggregate == Aggregate::total) return std::accumulate(samples.begin(), samples.end(), 0.0);
  if (samples.empty()) return std::nullopt;
  std::sort(samples.begin(), samples.end());
  // Nearest rank.
  const auto ranked = [&](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(samples.size())));
    return samples[std::min(samples.size(), std::max<std::size_t>(rank, 1)) - 1];
  };
  switch (aggregate) {
    case Aggregate::total:
      break;
    case Aggregate::mean:
      return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
    case Aggregate::min:
      return samples.front();
    case Aggregate::median:
      return ranked(0.5);
    case Aggregate::p90:
      return ranked(0.9);
    case Aggregate::p99:
      return ranked(0.99);
    case Aggregate::max:
      return samples.back();
  }
  return std::nullopt;
}

bool is_time(const std::string& measure) {
  return measure.ends_with("_ns") || measure.ends_with("_nanoseconds");
}

std::string quantity_text(const std::string& measure, double value) {
  const char* unit = "";
  if (is_time(measure)) {
    const double size = std::abs(value);
    unit = size >= 1e9 ? " s" : size >= 1e6 ? " ms" : size >= 1e3 ? " us" : " ns";
    value /= size >= 1e9 ? 1e9 : size >= 1e6 ? 1e6 : size >= 1e3 ? 1e3 : 1;
  }
  char text[40];
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  std::snprintf(text, sizeof text, whole ? "%.0f" : std::abs(value) >= 100 ? "%.0f" : "%.3g", value);
  return text + std::string(unit);
}

}  // namespace assay::experiments
