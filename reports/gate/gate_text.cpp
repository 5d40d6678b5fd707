// The gate on a terminal, and in the summary of a CI job.
#include <string_view>

#include "harness/core/error.h"
#include "reports/common/words.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/gate_words.h"
#include "reports/text/table.h"

namespace assay::reports {

namespace {

// What a Markdown table's cell can't hold.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '`') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// A table in either notation.
class Rows {
 public:
  Rows(bool markdown, std::vector<std::string> header) : markdown_(markdown), table_(header) {
    if (!markdown_) return;
    out_ = "|";
    std::string line = "|";
    for (const std::string& name : header) {
      out_ += " " + name + " |";
      line += "---|";
    }
    out_ += "\n" + line + "\n";
  }
  void add(const std::vector<std::string>& row) {
    if (!markdown_) {
      table_.add(row);
      return;
    }
    out_ += "|";
    for (const std::string& text : row) out_ += " " + cell(text) + " |";
    out_ += "\n";
  }
  std::string text() const { return markdown_ ? out_ : table_.text("  "); }

 private:
  bool markdown_;
  Table table_;
  std::string out_;
};

std::string title(bool markdown, const std::string& words) {
  return markdown ? "\n### " + words + "\n\n" : "\n" + words + "\n";
}

std::string sides_text(const GateReport& report, bool markdown) {
  Rows rows(markdown, {"", "what", "consistency", "operations", "reason"});
  for (const GateSide& side : report.sides) {
    const bool trouble = !side.harness_error.empty();
    rows.add({side.name, side.what, trouble ? "harness failure" : std::string(verdict_name(side.verdict)),
              with_thousands(static_cast<std::int64_t>(side.operations)),
              trouble ? side.harness_error : side.reason});
  }
  return title(markdown, "Consistency") + rows.text();
}

std::string metrics_text(const GateReport& report, bool markdown) {
  if (report.metrics.empty()) return {};
  Rows rows(markdown,
            {"metric", "verdict", "baseline", "candidate", "ratio, above 1 is worse", "by the", "margin"});
  for (const MetricDecision& metric : report.metrics) {
    const std::string name(gated_metric_name(metric.metric)), verdict(gate_verdict_name(metric.verdict));
    const std::string before = metric_figure(metric.metric, metric.baseline);
    const std::string after = metric_figure(metric.metric, metric.candidate);
    if (metric.estimates.empty())
      rows.add({name, verdict, before, after, metric.reason, "", margin_words(metric.margin)});
    bool first = true;
    for (const RatioEstimate& estimate : metric.estimates) {
      rows.add({first ? name : "", first ? verdict : "", first ? before : "", first ? after : "",
                ratio_words(estimate), estimate.method, first ? margin_words(metric.margin) : ""});
      first = false;
    }
  }
  return title(markdown, "Candidate against baseline: " + measurement_words(report)) + rows.text();
}

std::string quality_text(const GateReport& report, bool markdown) {
  if (report.quality.empty()) return {};
  Rows rows(markdown, {"quality of the measurement", "measured", "accepted", ""});
  for (const QualityFinding& finding : report.quality) {
    rows.add({finding.name, finding.measured, finding.limit, finding.good ? "good" : "NOT GOOD ENOUGH"});
  }
  return title(markdown, "Quality") + rows.text();
}

std::string objectives_text(const GateReport& report, bool markdown) {
  if (report.objectives.empty()) return {};
  Rows rows(markdown, {"objective", "", "reason"});
  for (const ObjectiveResult& objective : report.objectives) {
    const bool met = objective.verdict == GateVerdict::pass;
    rows.add({objective.objective,
              met                                           ? "met"
              : objective.verdict == GateVerdict::regressed ? "MISSED"
                                                            : "open",
              objective.reason});
  }
  return title(markdown, "Objectives") + rows.text();
}

std::string stored_text(const GateReport& report, bool markdown) {
  if (report.stored.empty()) return {};
  Rows rows(markdown, {"metric", "stored", "now", "ratio, above 1 is worse", ""});
  for (const StoredComparison& row : report.stored) {
    const auto metric = row.metric == "throughput" ? GatedMetric::throughput : GatedMetric::p50;
    RatioEstimate estimate;
    estimate.ratio = row.ratio;
    rows.add({row.metric, metric_figure(metric, row.stored), metric_figure(metric, row.now),
              ratio_words(estimate).substr(0, ratio_words(estimate).find(' ')),
              row.margin <= 0
                  ? "only told"
                  : std::string(gate_verdict_name(row.verdict)) + ", margin " + margin_words(row.margin)});
  }
  return title(markdown, "Against " + report.stored_label + " (another time, perhaps another machine)") +
         rows.text();
}

std::string body(const GateReport& report, bool markdown) {
  return sides_text(report, markdown) + objectives_text(report, markdown) + metrics_text(report, markdown) +
         stored_text(report, markdown) + quality_text(report, markdown);
}

}  // namespace

std::string gate_text(const GateReport& report) {
  std::string out = "\n" + gate_headline(report) + "  " + report.target + "\n" + report.reason + "\n\n  " +
                    report.command + "\n  " + report.cluster;
  if (!report.host.empty()) out += " · " + report.host;
  return out + "\n" + body(report, false);
}

std::string gate_markdown(const GateReport& report) {
  std::string out = "## assay gate: " + gate_headline(report) + "\n\n" + cell(report.reason) + "\n\n    " +
                    report.command + "\n\n" + cell(report.target) + ", " + cell(report.cluster);
  if (!report.host.empty()) out += ", on " + cell(report.host);
  return out + "\n" + body(report, true);
}

std::vector<Annotation> gate_annotations(const GateReport& report) {
  std::vector<Annotation> annotations;
  const std::string word(gate_word(report.exit_code));
  if (report.exit_code == kExitValid) return {{Annotation::Level::notice, "assay gate: pass", report.reason}};
  const bool failure = report.exit_code != kExitInconclusive && report.exit_code != kExitUnknown;
  annotations.push_back({failure ? Annotation::Level::error : Annotation::Level::warning,
                         "assay gate: " + word, report.reason});
  for (const GateSide& side : report.sides) {
    for (const CheckResult& check : side.checks) {
      if (check.verdict != Verdict::invalid) continue;
      annotations.push_back({Annotation::Level::error, side.name + ": " + check.checker, check_words(check)});
    }
  }
  return annotations;
}

}  // namespace assay::reports
