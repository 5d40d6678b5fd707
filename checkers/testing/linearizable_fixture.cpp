#include "checkers/testing/linearizable_fixture.h"

#include <algorithm>
#include <charconv>

#include "checkers/registry.h"
#include "checkers/testing/oracle.h"
#include "checkers/verify/certificate.h"
#include "harness/core/assert.h"

namespace assay::checkers::testing {

History make_history(std::vector<Line> lines) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.invoked < b.invoked; });
  HistoryBuilder builder;
  ProcessId process = 0;
  for (const Line& line : lines) {
    Operation op;
    op.process = process++;
    op.due = op.invoked = line.invoked;
    op.completed = line.completed;
    op.outcome = line.outcome;
    op.mops = line.mops;
    builder.add(op);
  }
  return builder.build();
}

History part_of(const History& history, const std::vector<OpId>& ids) {
  HistoryBuilder builder;
  for (const OpId id : ids) builder.add(history.at(id));
  return builder.build();
}

std::string to_text(const History& history) {
  std::string text;
  for (const Operation op : history.operations()) {
    text += "[" + std::to_string(op.invoked) + ", " +
            (op.completed == kNever ? std::string("never") : std::to_string(op.completed)) + "] " +
            describe(op) + "\n";
  }
  return text;
}

const CheckerPlugin& linearizable() {
  const auto plugins = all_plugins();
  const auto found = std::find_if(plugins.begin(), plugins.end(),
                                  [](const CheckerPlugin* plugin) { return plugin->name == "linearizable"; });
  ASSAY_ASSERT(found != plugins.end());
  return **found;
}

CheckResult check(const History& history, CheckerOptions options, const Budget& budget) {
  options.emplace("certificate", "yes");
  std::string error;
  const auto checker = linearizable().make(options, error);
  ASSAY_ASSERT(checker != nullptr);
  return checker->check(history, budget);
}

std::string confirm(const History& history, const CheckResult& result, const CheckerOptions& options) {
  Value initial;
  if (const auto option = options.find("initial"); option != options.end() && option->second != "nil") {
    std::int64_t number = 0;
    std::from_chars(option->second.data(), option->second.data() + option->second.size(), number);
    initial = Value(number);
  }
  if (result.reason.empty()) return "no reason";
  if ((result.verdict == Verdict::invalid) == result.findings.empty())
    return "findings do not fit the verdict";
  if (result.verdict == Verdict::valid) {
    return result.certificate ? refute_certificate(history, *result.certificate, initial) : "no certificate";
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
    if (alone.size() <= 8 && linearizable_by_brute_force(alone, initial)) {
      return "a witness that has an order after all:\n" + to_text(alone);
    }
  }
  return {};
}

}  // namespace assay::checkers::testing
