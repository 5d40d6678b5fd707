#include "checkers/testing/linearizable_fixture.h"

#include <algorithm>
#include <charconv>

#include "checkers/testing/oracle.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {

CheckResult check(const History& history, CheckerOptions options, const Budget& budget) {
  options.emplace("certificate", "yes");
  return check_with("linearizable", history, options, budget);
}

std::string confirm(const History& history, const CheckResult& result, const CheckerOptions& options) {
  Value initial;
  if (const auto option = options.find("initial"); option != options.end() && option->second != "nil") {
    std::int64_t number = 0;
    std::from_chars(option->second.data(), option->second.data() + option->second.size(), number);
    initial = Value(number);
  }
  const auto named = options.find("model");
  const std::string model = named == options.end() ? "cas-register" : named->second;
  if (result.reason.empty()) return "no reason";
  if ((result.verdict == Verdict::invalid) == result.findings.empty())
    return "findings do not fit the verdict";
  if (result.verdict == Verdict::valid) {
    return result.certificate ? refute_certificate(history, *result.certificate) : "no certificate";
  }
  for (const Finding& finding : result.findings) {
    if (finding.anomaly.empty() || finding.summary.empty() || finding.steps.empty())
      return "a finding without words";
    if (finding.witness.empty() || !std::is_sorted(finding.witness.begin(), finding.witness.end())) {
      return "a witness that is empty or out of order";
    }
    const History alone = part_of(history, finding.witness);
    if (check(alone, options).verdict != Verdict::invalid)
      return "a witness that is not invalid:\n" + to_text(alone);
    if (alone.size() <= 8 && linearizable_by_brute_force(alone, initial, model)) {
      return "a witness that has an order after all:\n" + to_text(alone);
    }
  }
  return {};
}

}  // namespace assay::checkers::testing
