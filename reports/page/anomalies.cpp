// The anomalies, worst first: in words, as a picture, and as the operations themselves.
#include <algorithm>
#include <set>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

constexpr std::size_t kFindingsMax = 20;
constexpr std::size_t kOperationsMax = 36;  // what a picture can hold

std::string row_id(std::size_t number, OpId id) {
  return "a" + std::to_string(number) + "-" + std::to_string(id);
}

// Turns "#12" and "operation 12" into links when operation 12 is in the table below.
std::string linked(const std::string& step, std::size_t number, const std::set<OpId>& listed) {
  constexpr std::string_view kWord = "peration ";  // with a large or a small first letter
  std::string out;
  std::size_t from = 0;
  while (from < step.size()) {
    const std::size_t mark = std::min(step.find('#', from), step.find(kWord, from));
    if (mark == std::string::npos) break;
    const std::size_t digits = mark + (step[mark] == '#' ? 1 : kWord.size());
    std::size_t end = digits;
    while (end < step.size() && end < digits + 9 && step[end] >= '0' && step[end] <= '9') ++end;
    const std::size_t begin = step[mark] == '#' ? mark : digits;
    out += escape(step.substr(from, begin - from));
    const std::string text = step.substr(begin, end - begin);
    const OpId id = end > digits ? static_cast<OpId>(std::stoul(step.substr(digits, end - digits))) : 0;
    const bool known = end > digits && listed.contains(id);
    out += known ? "<a href=\"#" + row_id(number, id) + "\">" + escape(text) + "</a>" : escape(text);
    from = end;
  }
  return out + escape(step.substr(std::min(from, step.size())));
}

std::string operations_table(const RunResult& run, const Finding& finding, std::size_t number) {
  HtmlTable table(
      {"", "Operation", ">Process", "Node", ">Invoked", ">Completed", "~What", "Outcome", "~Error"});
  const std::set<OpId> witness(finding.witness.begin(), finding.witness.end());
  int position = 0;
  for (const OpId id : shown_operations(run.history, finding)) {
    const Operation operation = run.history.at(id);
    const bool hot = witness.contains(id);
    const std::string badge = hot ? "<span class=\"badge\">" + std::to_string(++position) + "</span>" : "";
    const std::string link =
        "<a href=\"#timeline\" data-operation=\"" + std::to_string(id) + "\">#" + std::to_string(id) + "</a>";
    table.add({badge, link, std::to_string(operation.process), escape(run.history.node_name(operation.node)),
               exact_moment(operation.invoked),
               operation.completed == kNever ? "<span class=\"quiet\">never</span>"
                                             : exact_moment(operation.completed),
               "<code>" + escape(request_text(run.history, operation)) + "</code>",
               outcome_pill(operation.outcome), escape(operation.error)},
              hot ? "witness" : "context", row_id(number, id));
  }
  return table.markup();
}

// What the history still keeps to, of the models that were asked about.
std::string models_that_hold(const RunResult& run) {
  std::vector<std::string> names;
  for (const CheckResult& check : run.checks) {
    if (check.verdict == Verdict::valid && check.applies) names.push_back(check.checker);
  }
  return names.empty() ? "No other model was found to hold; assay check --all history.jsonl asks every one."
                       : "Not violated, of what was judged: " + joined(names, ", ") + ".";
}

std::string anomaly(const RunResult& run, const NamedFinding& named, std::size_t number) {
  const Finding& finding = *named.finding;
  const std::vector<OpId> shown = shown_operations(run.history, finding);
  const std::set<OpId> listed(shown.begin(), shown.end());
  std::string of = "violates " + finding.model;
  if (!finding.object.empty()) of += " · " + finding.object;
  of += " · found by " + named.check->checker;
  std::string out = "<div class=\"card anomaly\">\n<div><span class=\"title\">" + escape(finding.anomaly) +
                    "</span><span class=\"of\">" + escape(of) + "</span></div>\n<p class=\"what\">" +
                    linked(finding.summary, number, listed) + "</p>\n";
  if (!finding.steps.empty()) {
    out += "<ol class=\"steps\">\n";
    for (const std::string& step : finding.steps) out += "<li>" + linked(step, number, listed) + "</li>\n";
    out += "</ol>\n";
  }
  if (!shown.empty()) out += witness_chart(run, finding) + operations_table(run, finding, number);
  const std::size_t all = finding.witness.size() + finding.context.size();
  if (all > shown.size()) {
    out += "<p class=\"none\">" + std::to_string(all - shown.size()) +
           " further operations are in results.json.</p>\n";
  }
  out += "<p class=\"none\">" + escape(models_that_hold(run)) + "</p>\n";
  if (!finding.details.empty()) out += "<p class=\"none\">" + escape(facts_text(finding.details)) + "</p>\n";
  if (finding.rechecked)
    out += "<p class=\"none\">" + escape(recheck_sentence(*finding.rechecked)) + "</p>\n";
  return out + "</div>\n";
}

}  // namespace

std::vector<OpId> shown_operations(const History& history, const Finding& finding) {
  std::set<OpId> shown;
  for (const std::vector<OpId>* ids : {&finding.witness, &finding.context}) {
    for (const OpId id : *ids) {
      if (id < history.size() && shown.size() < kOperationsMax) shown.insert(id);
    }
  }
  return {shown.begin(), shown.end()};
}

std::string anomalies_section(const RunResult& run) {
  const std::vector<NamedFinding> findings = all_findings(run);
  if (findings.empty()) {
    const bool decided = headline_of(run) == Headline::valid;
    return section(
        "anomalies", "Anomalies", {},
        card(decided ? "<p class=\"none\">None. Every checker explained every operation.</p>\n"
                     : "<p class=\"none\">None was found; see Confidence for what was covered.</p>\n"));
  }
  std::string out;
  for (std::size_t i = 0; i < findings.size() && i < kFindingsMax; ++i)
    out += anomaly(run, findings[i], i + 1);
  if (findings.size() > kFindingsMax) {
    out += card("<p class=\"none\">" + std::to_string(findings.size() - kFindingsMax) +
                " further anomalies are in results.json.</p>\n");
  }
  return section(
      "anomalies", "Anomalies",
      "Worst first. Each shows the smallest set of operations found that no correct database could give.",
      out);
}

}  // namespace assay::reports
