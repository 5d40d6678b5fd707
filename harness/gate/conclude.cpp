#include "harness/gate/conclude.h"

#include <algorithm>
#include <cstdio>

#include "harness/core/error.h"

namespace assay::gate {

namespace {

struct Answer {
  GateVerdict verdict = GateVerdict::pass;
  std::string reason;

  // The first of the worst is kept.
  void add(GateVerdict other, const std::string& sentence) {
    if (other <= verdict) return;
    verdict = other;
    reason = sentence;
  }
};

std::string ratio_text(const MetricDecision& metric) {
  std::string text;
  for (const RatioEstimate& estimate : metric.estimates) {
    char part[120];
    std::snprintf(part, sizeof part, "%s%.3f [%.3f, %.3f] by the %s", text.empty() ? "" : ", ",
                  estimate.ratio, estimate.low, estimate.high, estimate.method.c_str());
    text += part;
  }
  return text;
}

Answer answer_on_speed(const GateReport& report) {
  Answer answer;
  for (const QualityFinding& finding : report.quality) {
    if (finding.good) continue;
    answer.add(GateVerdict::inconclusive, "the measurement does not stand: " + finding.name + " is " +
                                              finding.measured + ", accepted is " + finding.limit);
  }
  if (answer.verdict != GateVerdict::pass) return answer;
  for (const ObjectiveResult& objective : report.objectives) {
    answer.add(objective.verdict, "objective " + objective.objective + ": " + objective.reason);
  }
  for (const MetricDecision& metric : report.metrics) {
    const std::string ratios = ratio_text(metric);
    answer.add(metric.verdict, std::string(gated_metric_name(metric.metric)) + ": " + metric.reason +
                                   (ratios.empty() ? "" : ": " + ratios));
  }
  for (const StoredComparison& row : report.stored) {
    if (row.margin <= 0) continue;
    answer.add(row.verdict, row.metric + " against the stored baseline: beyond the margin");
  }
  return answer;
}

const GateSide* first_side(const GateReport& report, Verdict verdict) {
  for (const GateSide& side : report.sides) {
    if (side.verdict == verdict) return &side;
  }
  return nullptr;
}

}  // namespace

void conclude_gate(GateReport& report) {
  const Answer speed = answer_on_speed(report);
  report.verdict = speed.verdict;
  for (const GateSide& side : report.sides) {
    if (side.harness_error.empty()) continue;
    report.verdict = GateVerdict::inconclusive;
    report.reason = side.name + ": " + side.harness_error;
    report.exit_code = kExitHarness;
    return;
  }
  if (const GateSide* side = first_side(report, Verdict::invalid)) {
    report.reason = side->name + " is not consistent: " + side->reason;
    report.exit_code = kExitInvalid;
    return;
  }
  if (speed.verdict == GateVerdict::regressed) {
    report.reason = speed.reason;
    report.exit_code = kExitRegressed;
    return;
  }
  if (const GateSide* side = first_side(report, Verdict::unknown)) {
    report.reason = side->name + ": whether it is consistent is unknown: " + side->reason;
    report.exit_code = kExitUnknown;
    return;
  }
  report.exit_code = speed.verdict == GateVerdict::pass ? kExitValid : kExitInconclusive;
  report.reason =
      speed.verdict == GateVerdict::pass ? "consistent, and no slower than its margins allow" : speed.reason;
}

}  // namespace assay::gate
