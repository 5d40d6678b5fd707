#include "harness/run/vacuity.h"

#include <algorithm>
#include <map>

#include "harness/run/measure.h"

namespace assay {

namespace {

bool any_concurrent(const History& history) {
  // In order of invocation, two operations overlap if and only if one begins before the latest end so far.
  Nanos latest_end = -1;
  for (const Operation op : history.operations()) {
    if (op.invoked <= latest_end) return true;
    latest_end = std::max(latest_end, op.completed);
  }
  return false;
}

// "a", "a and b", "a, b and c".
std::string enumerated(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

// One sentence for all faults that share a fate; a fault may be wanted more than once.
std::vector<std::string> faults_that_tested_nothing(const std::vector<FaultWindowSummary>& windows,
                                                    const std::vector<std::string>& wanted_faults) {
  std::vector<std::string> missing, unproved, idle;
  for (const std::string& fault : wanted_faults) {
    int shown = 0, verified = 0, tested = 0;
    for (const FaultWindowSummary& summary : windows) {
      if (summary.window.fault != fault) continue;
      ++shown;
      verified += summary.window.verified ? 1 : 0;
      tested += summary.vacuous ? 0 : 1;
    }
    if (tested > 0 && verified > 0) continue;
    auto& fate = shown == 0 ? missing : verified == 0 ? unproved : idle;
    if (std::find(fate.begin(), fate.end(), fault) == fate.end()) fate.push_back(fault);
  }
  const auto subject = [](const std::vector<std::string>& faults) {
    return (faults.size() == 1 ? "fault " : "faults ") + enumerated(faults);
  };
  const auto past = [](const std::vector<std::string>& faults) {
    return faults.size() == 1 ? " was " : " were ";
  };
  std::vector<std::string> sentences;
  if (!missing.empty())
    sentences.push_back(subject(missing) + past(missing) + "asked for but never injected");
  if (!unproved.empty())
    sentences.push_back(subject(unproved) + past(unproved) + "never proved to have taken effect");
  if (!idle.empty())
    sentences.push_back("no operation was due or sent while " + subject(idle) + past(idle) + "in force");
  return sentences;
}

}  // namespace

Vacuity judge_vacuity(const History& history, const std::vector<FaultWindowSummary>& windows,
                      const std::vector<std::string>& wanted_faults) {
  Vacuity vacuity;
  std::map<std::string, OutcomeCounts> kinds;
  for (const Operation op : history.operations()) {
    OutcomeCounts& counts = kinds[operation_kind(op)];
    (op.outcome == Outcome::ok ? counts.ok : op.outcome == Outcome::fail ? counts.fail : counts.info) += 1;
  }
  if (kinds.empty()) vacuity.reasons.push_back("no operation was invoked");
  for (const auto& [kind, counts] : kinds) {
    if (counts.ok > 0) continue;
    vacuity.reasons.push_back("none of " + std::to_string(counts.total()) + " " + kind +
                              " operations succeeded");
  }
  if (!kinds.empty() && !any_concurrent(history))
    vacuity.reasons.push_back("no two operations were concurrent");
  for (const std::string& sentence : faults_that_tested_nothing(windows, wanted_faults))
    vacuity.reasons.push_back(sentence);
  vacuity.vacuous = !vacuity.reasons.empty();
  return vacuity;
}

}  // namespace assay
