// junit.xml, for continuous integration: one case per checker and per objective, one for vacuity, one for recovery. An anomaly is
// a failure, harness trouble an error, and what could not be decided is skipped with the reason.
#include "harness/core/reporter.h"
#include "reports/common/junit_xml.h"
#include "reports/common/output.h"
#include "reports/common/words.h"

namespace assay::reports {

namespace {

std::string explanation(const History& history, const CheckResult& check) {
  std::string out;
  for (const Finding& finding : check.findings) {
    out += finding.anomaly + " (" + finding.model + "), " + finding.object + ": " + finding.summary + "\n";
    for (const std::string& step : finding.steps) out += "  - " + step + "\n";
    for (const OpId id : finding.witness) {
      if (id < history.size()) out += "  #" + std::to_string(id) + " " + describe(history.at(id)) + "\n";
    }
  }
  return out;
}

JunitCase recovery_case(const RunResult& run) {
  if (!run.progress_demanded)
    return {"recovery", JunitCase::State::skipped, std::string(kListedOperations), {}};
  if (run.recovered) return {"recovery", JunitCase::State::passed, {}, {}};
  if (!run.harness_error.empty() || run.interrupted || run.history.empty()) {
    return {"recovery", JunitCase::State::skipped, "the run ended before recovery could be seen", {}};
  }
  return {"recovery", JunitCase::State::failed, "no progress after the final heal", {}};
}

std::vector<JunitCase> cases_of(const RunResult& run) {
  std::vector<JunitCase> cases;
  if (!run.harness_error.empty())
    cases.push_back({"harness", JunitCase::State::error, run.harness_error, {}});
  for (const CheckResult& check : run.checks) {
    cases.push_back(checker_case(check, check.checker, explanation(run.history, check)));
  }
  for (const ObjectiveResult& objective : run.objectives) cases.push_back(objective_case(objective));
  cases.push_back({"vacuity",
                   run.vacuity.vacuous ? JunitCase::State::skipped : JunitCase::State::passed,
                   joined(run.vacuity.reasons, "; "),
                   {}});
  cases.push_back(recovery_case(run));
  return cases;
}

class JunitReporter final : public Reporter {
 public:
  void write(const RunResult& run, const std::string& directory) const override {
    JunitSuite suite;
    suite.class_name = "assay." + run.plan.target + "." + run.plan.mode + "." + run.plan.workload;
    suite.started_utc = run.started_utc;
    suite.wall_time = run.wall_time;
    suite.properties = {{"command", run.command},
                        {"seed", std::to_string(run.plan.seed)},
                        {"verdict", std::string(verdict_name(run.verdict))}};
    suite.cases = cases_of(run);
    write_file(directory, "junit.xml", junit_xml(suite));
  }
};

}  // namespace

extern const ReporterPlugin junit_plugin;
const ReporterPlugin junit_plugin = {"junit", "junit.xml", []() -> const Reporter& {
                                       static const JunitReporter reporter;
                                       return reporter;
                                     }};

}  // namespace assay::reports
