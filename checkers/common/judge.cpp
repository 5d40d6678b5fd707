#include "checkers/common/judge.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "checkers/common/limits.h"

namespace assay::checkers {

namespace {

// Whether a witness can be looked at alone.
bool has_witness(const Finding& finding, const History& history) {
  return !finding.witness.empty() && std::all_of(finding.witness.begin(), finding.witness.end(),
                                                 [&](OpId id) { return id < history.size(); });
}

// Checkers describe operations without their history, so keys that have names appear as numbers. Puts the names in.
std::string with_key_names(const std::string& text, const History& history) {
  constexpr std::string_view kMark = "key ";
  std::string named;
  std::size_t from = 0;
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    at += kMark.size();
    Key key = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), key);
    if (error != std::errc()) continue;
    named.append(text, from, at - from);
    named += history.key_name(key);
    from = at = static_cast<std::size_t>(end - text.data());
  }
  return named.append(text, from, std::string::npos);
}

void name_keys(Finding& finding, const History& history) {
  finding.summary = with_key_names(finding.summary, history);
  finding.object = with_key_names(finding.object, history);
  for (std::string& step : finding.steps) step = with_key_names(step, history);
}

}  // namespace

History history_of(const History& history, std::vector<OpId> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  HistoryBuilder builder;
  builder.set_node_names(history.node_names());
  std::set<Key> named;
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    builder.add(op);
    for (const Mop& mop : op.mops) {
      if (!named.insert(mop.key).second) continue;
      const std::string name = history.key_name(mop.key);
      if (name != std::to_string(mop.key)) builder.set_key_name(mop.key, name);
    }
  }
  return builder.build();
}

CheckResult judge(const Checker& checker, const History& history, const Budget& budget) {
  const Limits limits(budget);
  CheckResult result = checker.check(history, budget);
  for (Finding& finding : result.findings) name_keys(finding, history);
  for (Finding& finding : result.findings) {
    if (limits.spent()) break;
    if (!has_witness(finding, history)) continue;
    Budget rest = budget;
    rest.time_limit = budget.time_limit - limits.elapsed();
    finding.rechecked = checker.check(history_of(history, finding.witness), rest).verdict;
  }
  return result;
}

}  // namespace assay::checkers
