// Latency against throughput: the steps of a rate sweep, from the marks that the loop left in the history.
#include <algorithm>

#include "harness/run/measure.h"

namespace assay {

namespace {

constexpr std::int64_t kSettleShare = 10;  // the first tenth of a step is still about the step before
constexpr double kSustained = 0.97;
constexpr double kDroppedShare = 0.01;
constexpr Nanos kLateStep = kMillisecond;

std::int64_t whole_fact(const Facts& facts, const char* name) {
  const Value* value = find_fact(facts, name);
  return value != nullptr && value->is_integer() ? value->as_integer() : 0;
}

SweepStep measure_step(const History& history, const FaultEvent& mark) {
  SweepStep step;
  step.rate = whole_fact(mark.value, "rate");
  const Nanos begin = whole_fact(mark.value, "begin");
  step.begin = begin + (mark.time - begin) / kSettleShare;
  step.end = mark.time;
  step.dropped = whole_fact(mark.value, "dropped");
  Histogram response, service;
  std::int64_t completed = 0;
  for (const Operation op : history.operations()) {
    const bool ok = op.outcome == Outcome::ok;
    if (ok && op.completed >= step.begin && op.completed < step.end) ++completed;
    const Nanos due = due_of(op);
    if (due < step.begin || due >= step.end) continue;
    ++(ok ? step.counts.ok : op.outcome == Outcome::fail ? step.counts.fail : step.counts.info);
    if (op.invoked - due > kLateStep) ++step.late;
    if (!ok) continue;
    response.record(op.completed - due);
    service.record(op.completed - op.invoked);
  }
  step.response = summarize_latency(response);
  step.service = summarize_latency(service);
  if (step.end > step.begin) {
    step.ok_per_second = static_cast<double>(completed) * static_cast<double>(kSecond) /
                         static_cast<double>(step.end - step.begin);
  }
  const auto due = static_cast<double>(step.counts.total() + step.dropped);
  step.sustained = due > 0 && static_cast<double>(step.counts.ok) >= kSustained * due &&
                   static_cast<double>(step.dropped) <= kDroppedShare * due;
  return step;
}

}  // namespace

Sweep measure_sweep(const History& history) {
  Sweep sweep;
  for (const FaultEvent& event : history.fault_events()) {
    const Value* name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    if (name != nullptr && *name == Value::text(kStepMark))
      sweep.steps.push_back(measure_step(history, event));
  }
  double best = 0;
  for (std::size_t i = 0; i < sweep.steps.size(); ++i) {
    const SweepStep& step = sweep.steps[i];
    if (!step.sustained || step.response.mean <= 0) continue;
    const double power = step.ok_per_second / static_cast<double>(step.response.mean);
    if (power <= best) continue;
    best = power;
    sweep.knee = i;
  }
  return sweep;
}

}  // namespace assay
