// The gate for machines: junit.xml and gate.json.
#include "harness/core/error.h"
#include "reports/common/json_convert.h"
#include "reports/common/junit_xml.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/gate_words.h"

namespace assay::reports {

namespace {

Json figure_json(double value) { return value < 0 ? Json(nullptr) : Json(value); }

Json sample_json(const BlockSample& sample) {
  return {{"throughput", sample.throughput}, {"p50", figure_json(sample.p50)},
          {"p99", figure_json(sample.p99)},  {"achieved", sample.achieved},
          {"operations", sample.operations}, {"late", sample.late}};
}

Json metric_json(const MetricDecision& metric) {
  Json estimates = Json::array();
  for (const RatioEstimate& estimate : metric.estimates) {
    estimates.push_back({{"method", estimate.method},
                         {"ratio", estimate.ratio},
                         {"low", estimate.low},
                         {"high", estimate.high}});
  }
  return {{"metric", gated_metric_name(metric.metric)},
          {"verdict", gate_verdict_name(metric.verdict)},
          {"margin", metric.margin},
          {"baseline", figure_json(metric.baseline)},
          {"candidate", figure_json(metric.candidate)},
          {"estimates", std::move(estimates)},
          {"reason", metric.reason}};
}

Json side_json(const GateSide& side) {
  Json checks = Json::array();
  for (const CheckResult& check : side.checks) {
    checks.push_back({{"checker", check.checker},
                      {"verdict", verdict_name(check.verdict)},
                      {"reason", check_words(check)}});
  }
  return {{"name", side.name},
          {"what", side.what},
          {"command", side.command},
          {"folder", side.folder},
          {"verdict", verdict_name(side.verdict)},
          {"reason", side.reason},
          {"harness_error", side.harness_error.empty() ? Json(nullptr) : Json(side.harness_error)},
          {"operations", side.operations},
          {"checks", std::move(checks)}};
}

Json stored_json_of(const GateReport& report) {
  Json rows = Json::array();
  for (const StoredComparison& row : report.stored) {
    rows.push_back({{"metric", row.metric},
                    {"stored", row.stored},
                    {"now", row.now},
                    {"ratio", row.ratio},
                    {"margin", row.margin},
                    {"verdict", row.margin > 0 ? Json(gate_verdict_name(row.verdict)) : Json(nullptr)}});
  }
  return {{"label", report.stored_label}, {"metrics", std::move(rows)}};
}

JunitCase metric_case(const MetricDecision& metric) {
  JunitCase result{
      std::string(gated_metric_name(metric.metric)), JunitCase::State::passed, metric.reason, {}};
  for (const RatioEstimate& estimate : metric.estimates) {
    result.text += ratio_words(estimate) + " by the " + estimate.method + "\n";
  }
  if (metric.verdict == GateVerdict::regressed) result.state = JunitCase::State::failed;
  if (metric.verdict == GateVerdict::inconclusive) result.state = JunitCase::State::skipped;
  return result;
}

JunitCase quality_case(const GateReport& report) {
  JunitCase result{"quality of the measurement", JunitCase::State::passed, {}, {}};
  for (const QualityFinding& finding : report.quality) {
    if (finding.good) continue;
    result.state = JunitCase::State::skipped;
    result.message += (result.message.empty() ? "" : "; ") + finding.name + " is " + finding.measured +
                      ", accepted is " + finding.limit;
  }
  return result;
}

}  // namespace

std::string gate_junit(const GateReport& report) {
  JunitSuite suite;
  suite.class_name = "assay.gate";
  suite.started_utc = report.started_utc;
  suite.wall_time = report.wall_time;
  suite.properties = {{"command", report.command},
                      {"seed", std::to_string(report.seed)},
                      {"target", report.target},
                      {"verdict", std::string(gate_word(report.exit_code))},
                      {"reason", report.reason}};
  for (const GateSide& side : report.sides) {
    if (!side.harness_error.empty()) {
      suite.cases.push_back({side.name + " harness", JunitCase::State::error, side.harness_error, {}});
    }
    for (const CheckResult& check : side.checks) {
      suite.cases.push_back(checker_case(check, side.name + " " + check.checker, check_words(check)));
    }
    // A run may be unknown though every checker accepts it: nothing was tested.
    JunitCase verdict{side.name + " verdict", JunitCase::State::passed, side.reason, side.reason};
    if (side.verdict == Verdict::invalid) verdict.state = JunitCase::State::failed;
    if (side.verdict == Verdict::unknown) verdict.state = JunitCase::State::skipped;
    if (side.harness_error.empty()) suite.cases.push_back(std::move(verdict));
  }
  suite.cases.push_back(quality_case(report));
  const bool stands = suite.cases.back().state == JunitCase::State::passed;
  for (const ObjectiveResult& objective : report.objectives) suite.cases.push_back(objective_case(objective));
  for (const MetricDecision& metric : report.metrics) {
    suite.cases.push_back(metric_case(metric));
    if (stands) continue;
    suite.cases.back().state = JunitCase::State::skipped;
    suite.cases.back().message = "the measurement does not stand";
  }
  return junit_xml(suite);
}

std::string gate_json(const GateReport& report) {
  Json sides = Json::array(), quality = Json::array(), objectives = Json::array(), metrics = Json::array();
  Json pairs = Json::array();
  for (const GateSide& side : report.sides) sides.push_back(side_json(side));
  for (const QualityFinding& finding : report.quality) {
    quality.push_back({{"name", finding.name},
                       {"measured", finding.measured},
                       {"accepted", finding.limit},
                       {"good", finding.good}});
  }
  for (const ObjectiveResult& objective : report.objectives) {
    objectives.push_back({{"objective", objective.objective},
                          {"verdict", gate_verdict_name(objective.verdict)},
                          {"measured", objective.measured},
                          {"reason", objective.reason}});
  }
  for (const MetricDecision& metric : report.metrics) metrics.push_back(metric_json(metric));
  for (const BlockPair& pair : report.pairs) {
    pairs.push_back({{"candidate_first", pair.candidate_first},
                     {"baseline", sample_json(pair.baseline)},
                     {"candidate", sample_json(pair.candidate)}});
  }
  const Json json = {{"schema_version", report.schema_version},
                     {"verdict", gate_word(report.exit_code)},
                     {"reason", report.reason},
                     {"exit_code", report.exit_code},
                     {"speed", gate_verdict_name(report.verdict)},
                     {"assay_version", report.assay_version},
                     {"command", report.command},
                     {"seed", report.seed},
                     {"target", report.target},
                     {"cluster", report.cluster},
                     {"host", report.host},
                     {"started_utc", report.started_utc},
                     {"wall_time", report.wall_time},
                     {"block_length", report.block_length},
                     {"looks", report.looks},
                     {"looks_max", report.looks_max},
                     {"sides", std::move(sides)},
                     {"quality", std::move(quality)},
                     {"objectives", std::move(objectives)},
                     {"metrics", std::move(metrics)},
                     {"stored", report.stored.empty() ? Json(nullptr) : stored_json_of(report)},
                     {"pairs", std::move(pairs)}};
  return dump(json, 1) + "\n";
}

}  // namespace assay::reports
