#include "checkers/testing/txn_fixture.h"

#include <algorithm>

#include "checkers/elle/lattice.h"
#include "checkers/testing/fixture.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {

namespace {

std::string confirm_finding(std::string_view checker, const History& history, const Finding& finding,
                            const CheckerOptions& options) {
  if (finding.anomaly.empty() || finding.model.empty() || finding.summary.empty() || finding.steps.empty()) {
    return "a finding without words";
  }
  if (finding.witness.empty() || !std::is_sorted(finding.witness.begin(), finding.witness.end())) {
    return "a witness that is empty or out of order";
  }
  const History alone = part_of(history, finding.witness);
  const CheckResult again = check_with(checker, alone, options);
  if (again.verdict != Verdict::invalid)
    return "a witness of " + finding.anomaly + " that is not invalid:\n" + to_text(alone);
  // Without the rest of the history it may have another name, but it must rule out the same model; that elements have
  // lost their writers does not count.
  elle::AnomalySet shown = 0;
  for (const Finding& each : again.findings) shown |= elle::anomaly_named(each.anomaly);
  const elle::AnomalySet own = elle::anomaly_named(finding.anomaly);
  if ((elle::implied_anomalies(shown) & own) != 0) return {};
  const elle::AnomalySet real = shown & ~elle::anomaly_named("thin-air-read");
  if ((elle::refuted_models(real) & elle::model_named(finding.model)) != 0) return {};
  return "a witness that shows " + anomalies_of(again) + " instead of " + finding.anomaly + ":\n" +
         to_text(alone);
}

}  // namespace

std::string confirm_transactions(std::string_view checker, const History& history, const CheckResult& result,
                                 const CheckerOptions& options) {
  if (result.reason.empty()) return "no reason";
  if ((result.verdict == Verdict::invalid) == result.findings.empty())
    return "findings do not fit the verdict";
  if (result.certificate) {
    if (const std::string wrong = refute_certificate(history, *result.certificate); !wrong.empty())
      return wrong;
  }
  for (const Finding& finding : result.findings) {
    if (const std::string wrong = confirm_finding(checker, history, finding, options); !wrong.empty())
      return wrong;
  }
  return {};
}

std::string anomalies_of(const CheckResult& result) {
  std::string names;
  for (const Finding& finding : result.findings) names += (names.empty() ? "" : " ") + finding.anomaly;
  return names;
}

std::string text_fact(const CheckResult& result, const std::string& name) {
  const Value* fact = find_fact(result.statistics, name);
  return fact != nullptr && fact->kind() == Value::Kind::text ? std::string(fact->as_text()) : std::string();
}

}  // namespace assay::checkers::testing
