#include "harness/gate/conclude.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"

namespace assay::gate {
namespace {

GateReport good() {
  GateReport report;
  report.sides.resize(2);
  report.sides[0].name = "baseline";
  report.sides[1].name = "candidate";
  for (GateSide& side : report.sides) side.verdict = Verdict::valid;
  report.quality = {{"drift of the baseline", "3 %", "at most 50 %", true}};
  MetricDecision metric;
  metric.verdict = GateVerdict::pass;
  metric.estimates = {{"calmest tenth", 1.01, 0.99, 1.03}};
  report.metrics = {metric};
  return report;
}

int code_of(GateReport report) {
  conclude_gate(report);
  EXPECT_FALSE(report.reason.empty());
  return report.exit_code;
}

TEST(GateConclusion, ConsistencyComesFirst) {
  GateReport report = good();
  EXPECT_EQ(code_of(report), kExitValid);
  report.sides[1].verdict = Verdict::unknown;
  EXPECT_EQ(code_of(report), kExitUnknown) << "unknown never passes";
  report.metrics[0].verdict = GateVerdict::inconclusive;
  EXPECT_EQ(code_of(report), kExitUnknown);
  report.metrics[0].verdict = GateVerdict::regressed;
  EXPECT_EQ(code_of(report), kExitRegressed);
  report.sides[0].verdict = Verdict::invalid;
  EXPECT_EQ(code_of(report), kExitInvalid) << "the baseline's, too";
  report.sides[1].harness_error = "ssh lost";
  EXPECT_EQ(code_of(report), kExitHarness);
}

TEST(GateConclusion, AMeasurementThatDoesNotStandIsNotJudged) {
  GateReport report = good();
  report.metrics[0].verdict = GateVerdict::regressed;
  report.quality[0].good = false;
  conclude_gate(report);
  EXPECT_EQ(report.exit_code, kExitInconclusive);
  EXPECT_EQ(report.reason,
            "the measurement does not stand: drift of the baseline is 3 %, accepted is at most 50 %");
}

TEST(GateConclusion, ObjectivesCountWithoutABaseline) {
  GateReport report = good();
  report.metrics.clear();
  report.objectives = {{"read.p99 < 20ms", GateVerdict::pass, "12ms", "met with 12ms"}};
  EXPECT_EQ(code_of(report), kExitValid);
  report.objectives[0].verdict = GateVerdict::inconclusive;
  EXPECT_EQ(code_of(report), kExitInconclusive);
  report.objectives[0].verdict = GateVerdict::regressed;
  EXPECT_EQ(code_of(report), kExitRegressed);
}

TEST(GateConclusion, AStoredBaselineDecidesOnlyWithAMargin) {
  GateReport report = good();
  StoredComparison row;
  row.metric = "p50";
  row.verdict = GateVerdict::regressed;
  report.stored = {row};
  EXPECT_EQ(code_of(report), kExitValid);
  report.stored[0].margin = 0.5;
  EXPECT_EQ(code_of(report), kExitRegressed);
}

}  // namespace
}  // namespace assay::gate
