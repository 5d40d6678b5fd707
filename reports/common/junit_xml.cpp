#include "reports/common/junit_xml.h"

#include <cstdio>

#include "reports/common/escape.h"

namespace assay::reports {

namespace {

std::string seconds_text(Nanos time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time) / 1e9);
  return text;
}

std::string case_xml(const JunitCase& test, const std::string& class_name) {
  std::string out =
      "    <testcase name=\"" + escape(test.name) + "\" classname=\"" + escape(class_name) + "\"";
  const std::string message = " message=\"" + escape(test.message) + "\"";
  switch (test.state) {
    case JunitCase::State::passed:
      return out + "/>\n";
    case JunitCase::State::failed:
      return out + ">\n      <failure" + message + ">" + escape(test.text) + "</failure>\n    </testcase>\n";
    case JunitCase::State::error:
      return out + ">\n      <error" + message + "/>\n    </testcase>\n";
    case JunitCase::State::skipped:
      break;
  }
  return out + ">\n      <skipped" + message + "/>\n    </testcase>\n";
}

}  // namespace

std::string junit_xml(const JunitSuite& suite) {
  const auto count = [&](JunitCase::State state) {
    std::size_t number = 0;
    for (const JunitCase& test : suite.cases) number += test.state == state ? 1 : 0;
    return std::to_string(number);
  };
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"" +
                    escape(suite.class_name) + "\" tests=\"" + std::to_string(suite.cases.size()) +
                    "\" failures=\"" + count(JunitCase::State::failed) + "\" errors=\"" +
                    count(JunitCase::State::error) + "\" skipped=\"" + count(JunitCase::State::skipped) +
                    "\" time=\"" + seconds_text(suite.wall_time) + "\"";
  if (!suite.started_utc.empty()) out += " timestamp=\"" + escape(suite.started_utc) + "\"";
  out += ">\n    <properties>\n";
  for (const auto& [name, value] : suite.properties) {
    out += "      <property name=\"" + escape(name) + "\" value=\"" + escape(value) + "\"/>\n";
  }
  out += "    </properties>\n";
  for (const JunitCase& test : suite.cases) out += case_xml(test, suite.class_name);
  return out + "  </testsuite>\n</testsuites>\n";
}

JunitCase checker_case(const CheckResult& check, const std::string& name, std::string explanation) {
  JunitCase result{name, JunitCase::State::passed, check.reason, {}};
  if (check.verdict == Verdict::invalid) {
    result.state = JunitCase::State::failed;
    result.text = std::move(explanation);
  } else if (check.verdict == Verdict::unknown) {
    result.state = JunitCase::State::skipped;
  }
  return result;
}

JunitCase objective_case(const ObjectiveResult& objective) {
  JunitCase result{"objective " + objective.objective, JunitCase::State::passed, objective.reason,
                   objective.reason};
  if (objective.verdict == GateVerdict::regressed) result.state = JunitCase::State::failed;
  if (objective.verdict == GateVerdict::inconclusive) result.state = JunitCase::State::skipped;
  return result;
}

}  // namespace assay::reports
