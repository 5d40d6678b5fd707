#include "checkers/testing/datatype_fixture.h"

#include <algorithm>
#include <atomic>

#include "checkers/common/certify.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {

namespace {

bool has_anomaly(const CheckResult& result, const std::string& anomaly) {
  return std::any_of(result.findings.begin(), result.findings.end(),
                     [&](const Finding& finding) { return finding.anomaly == anomaly; });
}

std::string confirm_finding(std::string_view checker, const History& history, const Finding& finding,
                            const CheckerOptions& options) {
  if (finding.anomaly.empty() || finding.model.empty() || finding.object.empty() || finding.summary.empty()) {
    return "a finding without words";
  }
  if (finding.steps.empty() || std::any_of(finding.steps.begin(), finding.steps.end(),
                                           [](const std::string& step) { return !step.ends_with('.'); })) {
    return "steps that are no sentences: " + finding.anomaly;
  }
  const bool ascending =
      std::is_sorted(finding.witness.begin(), finding.witness.end()) &&
      std::adjacent_find(finding.witness.begin(), finding.witness.end()) == finding.witness.end();
  if (finding.witness.empty() || !ascending || finding.witness.back() >= history.size()) {
    return "a witness that is empty or out of order: " + finding.anomaly;
  }
  const History alone = part_of(history, finding.witness);
  if (has_anomaly(check_with(checker, alone, options), finding.anomaly)) return {};
  return "a witness that does not show " + finding.anomaly + " alone:\n" + to_text(alone);
}

// What the verifier counts must agree with the checker, where it can count at all without an order.
std::string count_again(std::string_view checker, const History& history, Verdict verdict,
                        const CheckerOptions& options) {
  std::string refutations;
  bool confirmed = false, beyond = false;
  for (const Certificate& claim : claims_of(checker, options)) {
    const std::string refutation = refute_certificate(history, claim);
    confirmed = confirmed || refutation.empty();
    beyond = beyond || refutation == "It is not one order.";
    const bool is_about_it = refutation.find("nothing here can confirm") == std::string::npos &&
                             refutation.find("none that can be confirmed") == std::string::npos;
    if (is_about_it) refutations += refutation;
  }
  // An order can't be counted again; of logs one is always given.
  if (verdict == Verdict::valid && checker == "kafka") {
    CheckerOptions certified = options;
    certified["certificate"] = "yes";
    if (!check_with(checker, history, certified).certificate) return "yet it has no certificate";
  }
  if (verdict == Verdict::invalid && confirmed) return "yet its certificate would be confirmed";
  if (verdict == Verdict::valid && !confirmed && !beyond && !refutations.empty())
    return "yet its certificate would be refused: " + refutations;
  return {};
}

}  // namespace

std::string confirm_datatype(std::string_view checker, const History& history, const CheckResult& result,
                             const CheckerOptions& options) {
  if (result.checker != checker) return "another checker's name: " + result.checker;
  if (result.reason.empty() || !result.reason.ends_with('.')) return "no reason: " + result.reason;
  if ((result.verdict == Verdict::invalid) == result.findings.empty())
    return "findings do not fit the verdict";
  for (const Finding& finding : result.findings) {
    if (std::string wrong = confirm_finding(checker, history, finding, options); !wrong.empty()) return wrong;
  }
  return count_again(checker, history, result.verdict, options);
}

std::string judged(std::string_view checker, const History& history, const CheckerOptions& options) {
  const CheckResult result = check_with(checker, history, options);
  std::string said(verdict_name(result.verdict));
  std::vector<std::string> names;
  for (const Finding& finding : result.findings) {
    if (std::find(names.begin(), names.end(), finding.anomaly) != names.end()) continue;
    said += (names.empty() ? ": " : ", ") + finding.anomaly;
    names.push_back(finding.anomaly);
  }
  return said + confirm_datatype(checker, history, result, options);
}

std::string judged(std::string_view checker, std::vector<Line> lines, const CheckerOptions& options) {
  return judged(checker, make_history(std::move(lines)), options);
}

std::string confirm_budget(std::string_view checker, const History& history, const CheckerOptions& options) {
  const auto wrong = [&](const Budget& budget, const std::string& why) -> std::string {
    const CheckResult result = check_with(checker, history, options, budget);
    if (result.verdict == Verdict::unknown && result.reason.find(why) != std::string::npos) return {};
    return std::string(verdict_name(result.verdict)) + ": " + result.reason;
  };
  Budget no_time, no_memory, stopped;
  no_time.time_limit = 0;
  no_memory.memory_limit_bytes = 16;
  const std::atomic<bool> stop = true;
  stopped.stop = &stop;
  return wrong(no_time, "time budget") + wrong(no_memory, "memory budget") + wrong(stopped, "was stopped");
}

std::string options_said(std::string_view checker, const CheckerOptions& options) {
  std::string error;
  return plugin(checker).make(options, error) == nullptr ? error : "accepted";
}

Line failed(Line line) {
  line.outcome = Outcome::fail;
  return line;
}

Line by(ProcessId process, Line line) {
  line.process = process;
  return line;
}

Line at(NodeId node, Line line) {
  line.node = node;
  return line;
}

}  // namespace assay::checkers::testing
