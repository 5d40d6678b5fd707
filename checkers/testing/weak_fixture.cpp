#include "checkers/testing/weak_fixture.h"

#include <algorithm>
#include <map>
#include <set>

#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {

namespace {

using Writes = std::set<std::pair<Key, Value>>;

void note(const Operation& op, Writes& writes) {
  for (const Mop& mop : op.mops) {
    if (mop.fn == Fn::write) writes.emplace(mop.key, mop.argument);
    if (mop.fn == Fn::cas) writes.emplace(mop.key, mop.argument.second());
  }
}

// Anomalies that one read shows whatever else there is.
bool of_one_read(const std::string& anomaly) { return anomaly == "thin-air-read"; }

}  // namespace

History witness_without_strangers(const History& history, const std::vector<OpId>& ids) {
  Writes all, inside;
  for (const Operation op : history.operations()) note(op, all);
  for (const OpId id : ids) note(history.at(id), inside);
  HistoryBuilder builder;
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    std::vector<Mop> mops;
    for (const Mop& mop : op.mops) {
      // nil is what there is where nobody wrote, also where somebody deletes.
      const bool stranger = mop.fn == Fn::read && !mop.result.is_nil() &&
                            all.contains({mop.key, mop.result}) && !inside.contains({mop.key, mop.result});
      if (!stranger) mops.push_back(mop);
    }
    Operation copy = op;
    copy.mops = mops;
    builder.add(copy);
  }
  return builder.build();
}

std::string confirm_weak(const History& history, const CheckResult& result, const CheckerOptions& options) {
  if (result.reason.empty()) return "no reason";
  if ((result.verdict == Verdict::invalid) == result.findings.empty())
    return "findings do not fit the verdict";
  if (result.verdict == Verdict::valid) {
    return result.certificate ? refute_certificate(history, *result.certificate) : "";
  }
  for (const Finding& finding : result.findings) {
    if (finding.anomaly.empty() || finding.summary.empty() || finding.steps.empty() ||
        finding.model.empty()) {
      return "a finding without words";
    }
    if (finding.witness.empty() || !std::is_sorted(finding.witness.begin(), finding.witness.end())) {
      return "a witness that is empty or out of order";
    }
    if (check_with(result.checker, part_of(history, finding.witness), options).verdict != Verdict::invalid) {
      return "a witness that is not invalid:\n" + to_text(part_of(history, finding.witness));
    }
    // Where values order themselves, a read tells its version without the write.
    const auto versions = options.find("versions");
    if (versions != options.end() && versions->second == "monotonic") continue;
    const History strict = witness_without_strangers(history, finding.witness);
    if (!of_one_read(finding.anomaly) &&
        check_with(result.checker, strict, options).verdict != Verdict::invalid) {
      return finding.anomaly + ": a witness that is invalid only for what it leaves out:\n" + to_text(strict);
    }
  }
  return {};
}

}  // namespace assay::checkers::testing
