#include "harness/run/liveness.h"

#include <string>
#include <utility>

namespace assay {

namespace {

Finding finding_of(const char* anomaly, std::string object, std::string summary) {
  Finding finding;
  finding.anomaly = anomaly;
  finding.model = "liveness";
  finding.object = std::move(object);
  finding.summary = std::move(summary);
  return finding;
}

void add_ended_nodes(const History& history, CheckResult& check) {
  for (const FaultEvent& event : history.fault_events()) {
    if (event.fault != kNodeEndedMark) continue;
    for (const NodeId node : event.nodes) {
      const std::string name = history.node_name(node);
      std::string summary =
          name + " ended by itself: its process is gone, though every fault is over and it was started again";
      if (const Value* log = find_fact(event.value, "log");
          log != nullptr && log->kind() == Value::Kind::text)
        summary += "; its log ends: " + std::string(log->as_text());
      check.findings.push_back(finding_of("node-ended", name, std::move(summary)));
    }
  }
}

const FaultWindowSummary* unhealed(const RunResult& result) {
  for (const FaultWindowSummary& summary : result.faults) {
    if (!summary.window.healed) return &summary;
  }
  return nullptr;
}

}  // namespace

CheckResult judge_liveness(const RunResult& result) {
  CheckResult check;
  check.checker = "liveness";
  add_ended_nodes(result.history, check);
  if (!check.findings.empty()) {
    check.verdict = Verdict::invalid;
    check.reason = check.findings.front().summary;
    return check;
  }
  if (result.recovered) {
    check.verdict = Verdict::valid;
    check.reason = "every process succeeded again after all faults were healed";
    if (const FaultWindowSummary* summary = unhealed(result))
      check.reason = "every process succeeded again, though fault " + summary->window.fault +
                     " was not proved to be healed";
    check.statistics = {{"recovery_ns", result.recovery_time}};
    return check;
  }
  if (const FaultWindowSummary* summary = unhealed(result)) {
    check.reason =
        "fault " + summary->window.fault + " was not proved to be healed, so recovery can't be demanded";
    return check;
  }
  check.verdict = Verdict::invalid;
  check.reason = "not every process succeeded within the recovery limit after all faults were healed";
  check.findings.push_back(finding_of("no-progress", "cluster", check.reason));
  return check;
}

}  // namespace assay
