#include "reports/text/summary.h"

#include <algorithm>

#include "reports/common/words.h"
#include "reports/text/performance.h"
#include "reports/text/table.h"

namespace assay::reports {

namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kFindingsMax = 5;
constexpr std::size_t kWitnessMax = 12;
constexpr std::size_t kFaultsMax = 20;

// A database's bytes must not steer a terminal.
std::string harmless(std::string text) {
  for (char& byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if ((code < 0x20 && byte != '\n') || code == 0x7F) byte = '?';
  }
  return text;
}

void paragraph(std::string& out, std::string_view text, std::string_view first, std::string_view next) {
  bool start = true;
  for (const std::string& line : wrapped(text, kWidth - next.size())) {
    out += std::string(start ? first : next) + line + "\n";
    start = false;
  }
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

std::string heading(std::string_view name) { return "\n" + std::string(name) + "\n"; }

std::string circumstances(const RunResult& run) {
  std::string out = "seed " + std::to_string(run.plan.seed);
  const std::string version = run.target.version.empty() ? "" : " " + run.target.version;
  out += " · " + run.plan.target + version + ", " + std::to_string(run.plan.nodes) + " nodes, " +
         run.plan.cluster;
  if (!run.target.claimed_consistency.empty()) out += " · claims " + run.target.claimed_consistency;
  out += " · nemesis " + nemesis_text(run.plan);
  out += " · " + people_time(run.wall_time);
  if (run.virtual_time > 0) out += " for " + people_time(run.virtual_time) + " of virtual time";
  return out;
}

void add_head(const RunResult& run, std::string& out) {
  out += upper(headline_word(headline_of(run))) + "  " + run_title(run) + "\n";
  paragraph(out, headline_reason(run), "", "");
  if (run.interrupted) out += "The run was interrupted; what follows covers what there was.\n";
  for (const std::string& reason : run.vacuity.reasons) {
    if (reason != headline_reason(run)) paragraph(out, reason, "", "");
  }
  out += "\n";
  paragraph(out, run.command, "  ", "    ");
  paragraph(out, circumstances(run), "  ", "  ");
  if (const std::string shrunk = shrunk_text(run); !shrunk.empty())
    paragraph(out, "shrunk: " + shrunk, "  ", "    ");
  if (!run.target.bugs.empty()) {
    paragraph(out, "!! SEEDED BUGS IN FORCE: " + joined(run.target.bugs, ", ") + " !!", "  ", "  ");
  }
}

void add_operations(const RunResult& run, std::string& out) {
  out += heading("Operations");
  if (run.operations.empty()) {
    out += "  none\n";
    return;
  }
  Table table({"", ">ok", ">fail", ">info", ">ok share", ">p50", ">p99", ">p99.9", ">max"});
  for (const OperationSummary& kind : run.operations) {
    const OutcomeCounts& counts = kind.counts;
    const LatencySummary& latency = kind.response;
    table.add({kind.kind, with_thousands(counts.ok), with_thousands(counts.fail), with_thousands(counts.info),
               percent(counts.ok, counts.total()), people_time(latency.p50), people_time(latency.p99),
               people_time(latency.p999), people_time(latency.max)});
  }
  const OutcomeCounts total = total_counts(run);
  table.add({"all", with_thousands(total.ok), with_thousands(total.fail), with_thousands(total.info),
             percent(total.ok, total.total()), "", "", "", ""});
  out += table.text("  ");
  const std::string from = run.plan.pace == Pace::closed_loop ? "the invocation (closed loop)"
                                                              : "when the plan wanted the operation";
  out += "  Latency of ok operations, from " + from + ".";
  out += "\n" + load_text(run) + sweep_text(run);
}

void add_faults(const RunResult& run, std::string& out) {
  if (run.faults.empty()) return;
  out += heading("Faults");
  Table table({"", ">from", ">to", "nodes", "proved", "healed", ">ok", ">fail", ">info", ">sent",
               ">longest gap", ">recovery"});
  for (std::size_t i = 0; i < run.faults.size() && i < kFaultsMax; ++i) {
    const FaultWindowSummary& fault = run.faults[i];
    const FaultWindow& window = fault.window;
    table.add({shortened(window.fault, 18) + (fault.vacuous ? " (vacuous)" : ""), people_moment(window.begin),
               people_moment(window.end), shortened(node_list(run.history, window.nodes), 15),
               window.verified ? "yes" : "NO", window.healed ? "yes" : "NO",
               with_thousands(fault.due_during.ok), with_thousands(fault.due_during.fail),
               with_thousands(fault.due_during.info), with_thousands(fault.sent_during.total()),
               people_time(fault.longest_gap), people_time(fault.time_to_recover)});
  }
  out += table.text("  ");
  out += "  ok, fail, info: of operations due in it; sent: how many were sent in it.\n";
  if (run.faults.size() > kFaultsMax) {
    out += "  and " + std::to_string(run.faults.size() - kFaultsMax) + " more in report.html\n";
  }
}

void add_finding(const RunResult& run, const NamedFinding& named, std::size_t number, std::string& out) {
  const Finding& finding = *named.finding;
  std::string title = finding.anomaly;
  if (!finding.model.empty()) title += ", not " + finding.model;
  if (!finding.object.empty()) title += ", " + finding.object;
  paragraph(out, title + ": " + finding.summary, "  " + std::to_string(number) + ". ", "     ");
  for (const std::string& step : finding.steps) paragraph(out, step, "     - ", "       ");
  std::size_t shown = 0;
  for (const OpId id : finding.witness) {
    if (id >= run.history.size()) continue;
    if (++shown > kWitnessMax) {
      out += "     and " + std::to_string(finding.witness.size() - kWitnessMax) + " more in report.html\n";
      break;
    }
    const Operation operation = run.history.at(id);
    const std::string line = "#" + std::to_string(id) + " process " + std::to_string(operation.process) +
                             " [" + exact_moment(operation.invoked) + ", " +
                             exact_moment(operation.completed) + "] " + request_text(run.history, operation) +
                             " " + std::string(outcome_name(operation.outcome));
    out += "     " + shortened(line, kWidth - 5) + "\n";
  }
  if (finding.rechecked) out += "     " + recheck_sentence(*finding.rechecked) + "\n";
}

void add_findings(const RunResult& run, std::string& out) {
  const std::vector<NamedFinding> findings = all_findings(run);
  if (findings.empty()) return;
  out += heading("Anomalies");
  for (std::size_t i = 0; i < findings.size() && i < kFindingsMax; ++i)
    add_finding(run, findings[i], i + 1, out);
  if (findings.size() > kFindingsMax) {
    out += "  and " + std::to_string(findings.size() - kFindingsMax) + " more in report.html\n";
  }
}

void add_counters(const RunResult& run, std::string& out) {
  if (run.counters.empty()) return;
  out += heading("Counted by the database");
  paragraph(out, facts_text(run.counters), "  ", "  ");
}

void add_checks(const RunResult& run, std::string& out) {
  out += heading("Checks");
  std::size_t width = 8;
  for (const CheckResult& check : run.checks) width = std::max(width, text_width(check.checker));
  const auto line = [&](const std::string& name, std::string_view verdict, const std::string& reason) {
    std::string first =
        "  " + name + std::string(width - text_width(name), ' ') + "  " + std::string(verdict);
    first += std::string(std::max<std::size_t>(1, 9 - verdict.size()), ' ');
    paragraph(out, reason, first, std::string(width + 13, ' '));
  };
  for (const CheckResult& check : run.checks) line(check.checker, verdict_name(check.verdict), check.reason);
  if (run.vacuity.vacuous) {
    line("vacuity", "vacuous", joined(run.vacuity.reasons, "; "));
  } else {
    line("vacuity", "passed",
         "operations succeeded, overlapped, and faults took effect where they were asked for");
  }
  if (!run.progress_demanded) {
    line("recovery", "not asked", std::string(kListedOperations));
  } else if (run.recovered) {
    line("recovery", "passed", "progress " + people_time(run.recovery_time) + " after the final heal");
  } else {
    line("recovery", "not seen", "no progress after the final heal was recorded");
  }
}

}  // namespace

std::string summary_text(const RunResult& run) {
  std::string out;
  add_head(run, out);
  add_findings(run, out);
  add_operations(run, out);
  add_faults(run, out);
  add_counters(run, out);
  add_checks(run, out);
  return harmless(std::move(out));
}

}  // namespace assay::reports
