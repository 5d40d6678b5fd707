// junit.xml, for continuous integration: one case per checker, one for vacuity, one for recovery. An anomaly is a
// failure, harness trouble an error, and what could not be decided is skipped with the reason.
#include <cstdio>

#include "harness/core/reporter.h"
#include "reports/common/escape.h"
#include "reports/common/output.h"
#include "reports/common/words.h"

namespace assay::reports {

namespace {

struct Case {
  enum class State : std::uint8_t { passed, failed, error, skipped };
  std::string name;
  State state = State::passed;
  std::string message;
  std::string text;  // of a failure: the explanation
};

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

Case check_case(const History& history, const CheckResult& check) {
  Case result{check.checker, Case::State::passed, check.reason, {}};
  if (check.verdict == Verdict::invalid) {
    result.state = Case::State::failed;
    result.text = explanation(history, check);
  } else if (check.verdict == Verdict::unknown) {
    result.state = Case::State::skipped;
  }
  return result;
}

Case recovery_case(const RunResult& run) {
  if (run.recovered) return {"recovery", Case::State::passed, {}, {}};
  if (!run.harness_error.empty() || run.interrupted || run.history.empty()) {
    return {"recovery", Case::State::skipped, "the run ended before recovery could be seen", {}};
  }
  return {"recovery", Case::State::failed, "no progress after the final heal", {}};
}

std::vector<Case> cases_of(const RunResult& run) {
  std::vector<Case> cases;
  if (!run.harness_error.empty()) cases.push_back({"harness", Case::State::error, run.harness_error, {}});
  for (const CheckResult& check : run.checks) cases.push_back(check_case(run.history, check));
  cases.push_back({"vacuity",
                   run.vacuity.vacuous ? Case::State::skipped : Case::State::passed,
                   joined(run.vacuity.reasons, " "),
                   {}});
  cases.push_back(recovery_case(run));
  return cases;
}

std::string seconds(Nanos time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time) / 1e9);
  return text;
}

std::string case_xml(const Case& test, const std::string& class_name) {
  std::string out =
      "    <testcase name=\"" + escape(test.name) + "\" classname=\"" + escape(class_name) + "\"";
  const std::string message = " message=\"" + escape(test.message) + "\"";
  switch (test.state) {
    case Case::State::passed:
      return out + "/>\n";
    case Case::State::failed:
      return out + ">\n      <failure" + message + ">" + escape(test.text) + "</failure>\n    </testcase>\n";
    case Case::State::error:
      return out + ">\n      <error" + message + "/>\n    </testcase>\n";
    case Case::State::skipped:
      break;
  }
  return out + ">\n      <skipped" + message + "/>\n    </testcase>\n";
}

std::string suite_xml(const RunResult& run) {
  const std::vector<Case> cases = cases_of(run);
  const auto count = [&](Case::State state) {
    std::size_t number = 0;
    for (const Case& test : cases) number += test.state == state ? 1 : 0;
    return std::to_string(number);
  };
  const std::string class_name = "assay." + run.plan.target + "." + run.plan.mode + "." + run.plan.workload;
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"" +
                    escape(class_name) + "\" tests=\"" + std::to_string(cases.size()) + "\" failures=\"" +
                    count(Case::State::failed) + "\" errors=\"" + count(Case::State::error) +
                    "\" skipped=\"" + count(Case::State::skipped) + "\" time=\"" + seconds(run.wall_time) +
                    "\"";
  if (!run.started_utc.empty()) out += " timestamp=\"" + escape(run.started_utc) + "\"";
  out += ">\n    <properties>\n";
  out += "      <property name=\"command\" value=\"" + escape(run.command) + "\"/>\n";
  out += "      <property name=\"seed\" value=\"" + std::to_string(run.plan.seed) + "\"/>\n";
  out += "      <property name=\"verdict\" value=\"" + escape(verdict_name(run.verdict)) + "\"/>\n";
  out += "    </properties>\n";
  for (const Case& test : cases) out += case_xml(test, class_name);
  return out + "  </testsuite>\n</testsuites>\n";
}

class JunitReporter final : public Reporter {
 public:
  void write(const RunResult& run, const std::string& directory) const override {
    write_file(directory, "junit.xml", suite_xml(run));
  }
};

}  // namespace

extern const ReporterPlugin junit_plugin;
const ReporterPlugin junit_plugin = {"junit", "junit.xml", []() -> const Reporter& {
                                       static const JunitReporter reporter;
                                       return reporter;
                                     }};

}  // namespace assay::reports
