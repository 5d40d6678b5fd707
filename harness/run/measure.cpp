#include "harness/run/measure.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "harness/run/arrivals.h"

namespace assay {

namespace {

void count_outcome(OutcomeCounts& counts, Outcome outcome) {
  if (outcome == Outcome::ok) ++counts.ok;
  if (outcome == Outcome::fail) ++counts.fail;
  if (outcome == Outcome::info) ++counts.info;
}

bool in_main(const PhaseTimes& times, Nanos at) { return at >= times.main_begin && at < times.main_end; }

// When the main phase really ended: of a run that was killed, when something was last heard.
Nanos end_of_main(const History& history, const PhaseTimes& times) {
  if (times.main_end != kNever) return times.main_end;
  Nanos last = times.main_begin;
  for (const Operation op : history.operations()) {
    last = std::max(last, op.completed == kNever ? op.invoked : op.completed);
  }
  return last;
}

struct CellSamples {
  std::int64_t count = 0;
  std::vector<Nanos> response, service, lag;
};

void summarize(OperationSummary& summary) {
  summary.response = summarize_latency(summary.histograms.response);
  summary.service = summarize_latency(summary.histograms.service);
  summary.lag = summarize_latency(summary.histograms.lag);
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

LatencySummary summarize_latency(const Histogram& histogram) {
  LatencySummary summary;
  summary.count = static_cast<std::int64_t>(histogram.count());
  if (histogram.empty()) return summary;
  const auto at = [&](std::int64_t percentile) { return histogram.percentile(percentile).value_or(-1); };
  summary.mean = histogram.mean();
  summary.min = histogram.min();
  summary.p50 = at(50'000);
  summary.p90 = at(90'000);
  summary.p95 = at(95'000);
  summary.p99 = at(99'000);
  summary.p999 = at(99'900);
  summary.p9999 = at(99'990);
  summary.max = histogram.max();
  return summary;
}

std::string operation_kind(const Operation& operation) {
  if (operation.mops.size() != 1) return "txn";
  return std::string(fn_name(operation.mops[0].fn));
}

std::vector<OperationSummary> summarize_operations(const History& history) {
  const PhaseTimes times = phase_times(history);
  std::map<std::string, OperationSummary> by_kind;
  for (const Operation op : history.operations()) {
    const Nanos due = due_of(op);
    if (!in_main(times, due)) continue;
    OperationSummary& summary = by_kind[operation_kind(op)];
    count_outcome(summary.counts, op.outcome);
    summary.histograms.lag.record(op.invoked - due);
    if (op.outcome != Outcome::ok) continue;
    summary.histograms.response.record(op.completed - due);
    summary.histograms.service.record(op.completed - op.invoked);
  }
  std::vector<OperationSummary> summaries;
  for (auto& [kind, summary] : by_kind) {
    summary.kind = kind;
    summarize(summary);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

OperationSummary summarize_all(const std::vector<OperationSummary>& operations) {
  OperationSummary all;
  all.kind = "all";
  for (const OperationSummary& kind : operations) {
    all.counts.ok += kind.counts.ok;
    all.counts.fail += kind.counts.fail;
    all.counts.info += kind.counts.info;
    all.histograms.response.merge(kind.histograms.response);
    all.histograms.service.merge(kind.histograms.service);
    all.histograms.lag.merge(kind.histograms.lag);
  }
  summarize(all);
  return all;
}

std::vector<LatencyCell> latency_cells(const History& history, std::vector<std::string>& kinds) {
  const PhaseTimes times = phase_times(history);
  std::map<std::string, std::uint16_t> kind_numbers;
  for (const Operation op : history.operations()) kind_numbers.try_emplace(operation_kind(op), 0);
  kinds.clear();
  for (auto& [kind, number] : kind_numbers) {
    number = static_cast<std::uint16_t>(kinds.size());
    kinds.push_back(kind);
  }
  using Place = std::tuple<std::int64_t, std::uint16_t, Outcome, NodeId, bool>;
  std::map<Place, CellSamples> samples;
  for (const Operation op : history.operations()) {
    const Nanos due = due_of(op);
    CellSamples& cell =
        samples[{due / kSecond, kind_numbers[operation_kind(op)], op.outcome, op.node, in_main(times, due)}];
    ++cell.count;
    cell.lag.push_back(op.invoked - due);
    if (op.outcome == Outcome::info) continue;
    cell.response.push_back(op.completed - due);
    cell.service.push_back(op.completed - op.invoked);
  }
  std::vector<LatencyCell> cells;
  cells.reserve(samples.size());
  for (auto& [place, cell] : samples) {
    const auto& [second, kind, outcome, node, main] = place;
    cells.push_back({second, kind, outcome, node, main, cell.count, CompactHistogram(cell.response),
                     CompactHistogram(cell.service), CompactHistogram(cell.lag)});
  }
  return cells;
}

LoadSummary summarize_load(const History& history, Pace pace, std::int64_t dropped) {
  const PhaseTimes times = phase_times(history);
  const Nanos end = end_of_main(history, times);
  LoadSummary load;
  load.pace = pace;
  load.dropped = dropped;
  load.due = dropped;
  std::int64_t sent = 0, ok = 0;
  for (const Operation op : history.operations()) {
    if (op.invoked >= times.main_begin && op.invoked < end) ++sent;
    if (op.outcome == Outcome::ok && op.completed >= times.main_begin && op.completed < end) ++ok;
    const Nanos due = due_of(op);
    if (!in_main(times, due)) continue;
    ++load.due;
    if (op.invoked - due > kLate) ++load.late;
  }
  if (end <= times.main_begin) return load;
  const double seconds = static_cast<double>(end - times.main_begin) / static_cast<double>(kSecond);
  if (load.open_loop()) load.intended_per_second = static_cast<double>(load.due) / seconds;
  load.sent_per_second = static_cast<double>(sent) / seconds;
  load.ok_per_second = static_cast<double>(ok) / seconds;
  return load;
}

void measure_history(RunResult& result, std::int64_t dropped) {
  const History& history = result.history;
  result.operations = summarize_operations(history);
  result.rate = rate_by_second(history, result.plan.operation_timeout);
  result.faults = summarize_fault_windows(history);
  Measurements& measured = result.measurements;
  const PhaseTimes times = phase_times(history);
  measured.main_begin = times.main_begin;
  measured.main_end = times.main_end;
  measured.load = summarize_load(history, result.plan.pace, dropped);
  measured.all = summarize_all(result.operations);
  measured.cells = latency_cells(history, measured.kinds);
  measured.sweep = measure_sweep(history);
  measured.stationarity = judge_stationarity(result.rate, result.faults);
  if (!measured.sweep.steps.empty()) measured.stationarity = {.reason = "the rate was changed on purpose"};
}

}  // namespace assay
