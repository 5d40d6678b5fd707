#include "reports/common/json_convert.h"

#include <utility>

#include "harness/core/json_of.h"

namespace assay::reports {

Json to_json(const Value& value) { return json_of<Json>(value); }

Json to_json(const Facts& facts) { return json_of<Json>(facts); }

Json to_json(const Plan& plan) { return json_of<Json>(plan); }

Json to_json(const OutcomeCounts& counts) {
  return {{"ok", counts.ok}, {"fail", counts.fail}, {"info", counts.info}, {"total", counts.total()}};
}

Json time_or_null(Nanos time) { return time == kNever || time < 0 ? Json(nullptr) : Json(time); }

Json to_json(const LatencySummary& latency) {
  return {{"count", latency.count},
          {"mean", time_or_null(latency.mean)},
          {"p50", time_or_null(latency.p50)},
          {"p90", time_or_null(latency.p90)},
          {"p95", time_or_null(latency.p95)},
          {"p99", time_or_null(latency.p99)},
          {"p999", time_or_null(latency.p999)},
          {"p9999", time_or_null(latency.p9999)},
          {"min", time_or_null(latency.min)},
          {"max", time_or_null(latency.max)}};
}

Json operation_json(const History& history, const Operation& operation) {
  Json mops = Json::array();
  for (const Mop& mop : operation.mops) {
    mops.push_back({{"f", fn_name(mop.fn)},
                    {"key", history.key_name(mop.key)},
                    {"argument", to_json(mop.argument)},
                    {"result", to_json(mop.result)}});
  }
  return {{"id", operation.id},
          {"process", operation.process},
          {"node", operation.node == kNoNode ? Json(nullptr) : Json(history.node_name(operation.node))},
          {"outcome", outcome_name(operation.outcome)},
          {"due", operation.due},
          {"invoked", operation.invoked},
          {"completed", time_or_null(operation.completed)},
          {"mops", std::move(mops)},
          {"error", operation.error}};
}

namespace {

Json operations_json(const History& history, const std::vector<OpId>& ids) {
  Json list = Json::array();
  for (const OpId id : ids) {
    if (id < history.size()) list.push_back(operation_json(history, history.at(id)));
  }
  return list;
}

Json finding_json(const History& history, const Finding& finding) {
  return {{"anomaly", finding.anomaly},
          {"model", finding.model},
          {"object", finding.object},
          {"summary", finding.summary},
          {"steps", finding.steps},
          {"witness", operations_json(history, finding.witness)},
          {"context", operations_json(history, finding.context)},
          {"details", to_json(finding.details)},
          {"rechecked", finding.rechecked ? Json(verdict_name(*finding.rechecked)) : Json(nullptr)}};
}

}  // namespace

Json to_json(const History& history, const CheckResult& check) {
  Json findings = Json::array();
  for (const Finding& finding : check.findings) findings.push_back(finding_json(history, finding));
  return {{"checker", check.checker},
          {"verdict", verdict_name(check.verdict)},
          {"reason", check.reason},
          {"findings", std::move(findings)},
          {"statistics", to_json(check.statistics)},
          {"certified_objects", check.certificate ? Json(check.certificate->objects.size()) : Json(nullptr)}};
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::reports
