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
  for (const std::string& fault : wanted_faults) {
    int shown = 0, verified = 0, tested = 0;
    for (const FaultWindowSummary& summary : windows) {
      if (summary.window.fault != fault) continue;
      ++shown;
      verified += summary.window.verified ? 1 : 0;
      tested += summary.vacuous ? 0 : 1;
    }
    if (shown == 0) {
      vacuity.reasons.push_back("fault " + fault + " was asked for but never injected");
    } else if (verified == 0) {
      vacuity.reasons.push_back("fault " + fault + " was never proved to have taken effect");
    } else if (tested == 0) {
      vacuity.reasons.push_back("no operation was due or sent while fault " + fault + " was in force");
    }
  }
  vacuity.vacuous = !vacuity.reasons.empty();
  return vacuity;
}

}  // namespace assay
