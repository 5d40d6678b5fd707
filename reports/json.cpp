// results.json: everything about a run but its operations, for machines. docs/results.schema.json describes it.
#include "harness/core/reporter.h"
#include "reports/common/json_convert.h"
#include "reports/common/measurement_json.h"
#include "reports/common/output.h"
#include "reports/common/words.h"

namespace assay::reports {

namespace {

Json target_json(const TargetDescription& target) {
  return {{"target", target.target},           {"mode", target.mode},
          {"version", target.version},         {"claimed_consistency", target.claimed_consistency},
          {"cluster", target.cluster},         {"bugs", target.bugs},
          {"options", to_json(target.options)}};
}

Json fault_json(const History& history, const FaultWindowSummary& fault) {
  Json nodes = Json::array();
  for (const NodeId node : fault.window.nodes) nodes.push_back(history.node_name(node));
  return {{"fault", fault.window.fault},
          {"begin", fault.window.begin},
          {"end", time_or_null(fault.window.end)},
          {"nodes", std::move(nodes)},
          {"value", to_json(fault.window.value)},
          {"verified", fault.window.verified},
          {"evidence", to_json(fault.window.evidence)},
          {"healed", fault.window.healed},
          {"heal_evidence", to_json(fault.window.heal_evidence)},
          {"during", to_json(fault.due_during)},
          {"sent_during", to_json(fault.sent_during)},
          {"longest_gap", time_or_null(fault.longest_gap)},
          {"time_to_recover", time_or_null(fault.time_to_recover)},
          {"vacuous", fault.vacuous},
          {"ok_per_second_before", rate_or_null(fault.ok_per_second_before)},
          {"ok_per_second_during", rate_or_null(fault.ok_per_second_during)},
          {"ok_per_second_after", rate_or_null(fault.ok_per_second_after)},
          {"after", to_json(fault.after)},
          {"response_during", to_json(fault.response_during)},
          {"response_after", to_json(fault.response_after)},
          {"time_to_first_success", time_or_null(fault.time_to_first_success)},
          {"time_to_full_rate", time_or_null(fault.time_to_full_rate)},
          {"unavailable", fault.unavailable},
          {"replication_lag_max", number_or_null(fault.replication_lag_max)},
          {"replication_behind_max", number_or_null(fault.replication_behind_max)}};
}

Json history_json(const History& history) {
  return {{"operations", history.size()},
          {"fault_events", history.fault_events().size()},
          {"nodes", history.node_names()},
          {"digest", digest_text(history.digest())}};
}

Json run_json(const RunResult& run) {
  Json operations = Json::array();
  for (const OperationSummary& summary : run.operations) operations.push_back(to_json(summary));
  Json checks = Json::array();
  for (const CheckResult& check : run.checks) checks.push_back(to_json(run.history, check));
  Json faults = Json::array();
  for (const FaultWindowSummary& fault : run.faults) faults.push_back(fault_json(run.history, fault));
  Json objectives = Json::array();
  for (const ObjectiveResult& objective : run.objectives) {
    objectives.push_back({{"objective", objective.objective},
                          {"verdict", gate_verdict_name(objective.verdict)},
                          {"measured", objective.measured},
                          {"reason", objective.reason}});
  }
  Json rate = Json::array();
  for (const RatePoint& point : run.rate) rate.push_back(to_json(point));
  return {{"schema_version", run.schema_version},
          {"verdict", verdict_name(run.verdict)},
          {"reason", run.reason},
          {"exit_code", run.exit_code},
          {"harness_error", run.harness_error.empty() ? Json(nullptr) : Json(run.harness_error)},
          {"interrupted", run.interrupted},
          {"assay_version", run.assay_version},
          {"command", run.command},
          {"seed", run.plan.seed},
          {"started_utc", run.started_utc.empty() ? Json(nullptr) : Json(run.started_utc)},
          {"host", run.host.empty() ? Json(nullptr) : Json(run.host)},
          {"target", target_json(run.target)},
          {"plan", to_json(run.plan)},
          {"history", history_json(run.history)},
          {"counts", to_json(total_counts(run))},
          {"operations", std::move(operations)},
          {"checks", std::move(checks)},
          {"faults", std::move(faults)},
          {"vacuity", {{"vacuous", run.vacuity.vacuous}, {"reasons", run.vacuity.reasons}}},
          {"recovered", run.recovered},
          {"recovery_time", time_or_null(run.recovery_time)},
          {"wall_time", run.wall_time},
          {"virtual_time", run.virtual_time},
          {"counters", to_json(run.counters)},
          {"late", run.late},
          {"objectives", std::move(objectives)},
          {"rate", std::move(rate)},
          {"measurements", to_json(run.history, run.measurements)}};
}

class JsonReporter final : public Reporter {
 public:
  void write(const RunResult& run, const std::string& directory) const override {
    write_file(directory, "results.json", dump(run_json(run), 1) + "\n");
  }
};

}  // namespace

extern const ReporterPlugin json_plugin;
const ReporterPlugin json_plugin = {"json", "results.json", []() -> const Reporter& {
                                      static const JsonReporter reporter;
                                      return reporter;
                                    }};

}  // namespace assay::reports
