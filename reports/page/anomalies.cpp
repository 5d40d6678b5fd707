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

// Turns "#12" into a link when operation 12 is in the table below.
std::string linked(const std::string& step, std::size_t number, const std::set<OpId>& listed) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = step.find('#'); at != std::string::npos; at = step.find('#', from)) {
    std::size_t end = at + 1;
    while (end < step.size() && end < at + 10 && step[end] >= '0' && step[end] <= '9') ++end;
    out += escape(step.substr(from, at - from));
    const std::string mark = step.substr(at, end - at);
    const OpId id = mark.size() > 1 ? static_cast<OpId>(std::stoul(mark.substr(1))) : 0;
    const bool known = mark.size() > 1 && listed.contains(id);
    out += known ? "<a href=\"#" + row_id(number, id) + "\">" + mark + "</a>" : escape(mark);
    from = end;
  }
  return out + escape(step.substr(from));
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
    table.add({badge, "#" + std::to_string(id), std::to_string(operation.process),
               escape(run.history.node_name(operation.node)), exact_moment(operation.invoked),
               operation.completed == kNever ? "<span class=\"quiet\">never</span>"
                                             : exact_moment(operation.completed),
               "<code>" + escape(request_text(run.history, operation)) + "</code>",
               outcome_pill(operation.outcome), escape(operation.error)},
              hot ? "witness" : "context", row_id(number, id));
  }
  return table.markup();
}

std::string anomaly(const RunResult& run, const NamedFinding& named, std::size_t number) {
  const Finding& finding = *named.finding;
  std::string of = "violates " + finding.model;
  if (!finding.object.empty()) of += " · " + finding.object;
  of += " · found by " + named.check->checker;
  std::string out = "<div class=\"card anomaly\">\n<div><span class=\"title\">" + escape(finding.anomaly) +
                    "</span><span class=\"of\">" + escape(of) + "</span></div>\n<p class=\"what\">" +
                    escape(finding.summary) + "</p>\n";
  const std::vector<OpId> shown = shown_operations(run.history, finding);
  const std::set<OpId> listed(shown.begin(), shown.end());
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
