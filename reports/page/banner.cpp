// The verdict, why, how to repeat it, and the figures that sum it up.
#include <algorithm>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

std::string_view glyph(Headline headline) {
  switch (headline) {
    case Headline::valid:
      return "✓";
    case Headline::invalid:
      return "✕";
    case Headline::unknown:
      return "?";
    case Headline::trouble:
      break;
  }
  return "!";
}

std::string performance(const RunResult& run) {
  const PerformanceVerdict verdict = performance_verdict(run);
  return "<div class=\"second\"><span class=\"label\">Performance</span> " + pill(verdict.css, verdict.word) +
         " " + escape(verdict.sentence) + "</div>\n";
}

std::string judgement(const RunResult& run) {
  const Headline headline = headline_of(run);
  const std::string reason = headline_reason(run);
  std::string out = "<div class=\"judgement\"><div class=\"glyph\" aria-hidden=\"true\">" +
                    std::string(glyph(headline)) + "</div><div>\n<h1>" + escape(headline_word(headline)) +
                    "</h1>\n<p>" + escape(reason) + "</p>\n";
  if (headline == Headline::trouble) {
    out +=
        "<p class=\"aside\">This says nothing about the database: the harness or its infrastructure "
        "failed.</p>\n";
  }
  if (run.interrupted) {
    out += "<p class=\"aside\">The run was interrupted; this report covers what there was.</p>\n";
  }
  for (const std::string& sentence : run.vacuity.reasons) {
    if (sentence != reason) out += "<p class=\"aside\">" + escape(sentence) + "</p>\n";
  }
  return out + "</div></div>\n";
}

// A browser would break "--seed" after its hyphens; each word stays whole.
std::string unbroken(const std::string& command) {
  std::string out;
  for (std::size_t from = 0; from < command.size();) {
    const std::size_t end = std::min(command.find(' ', from), command.size());
    const std::string word = command.substr(from, end - from);
    out += word.size() < 80 ? "<span class=\"nw\">" + escape(word) + "</span>" : escape(word);
    if (end < command.size()) out += ' ';
    from = end + 1;
  }
  return out;
}

std::string figure(const std::string& number, const std::string& label) {
  return "<div><div class=\"n\">" + escape(number) + "</div><div class=\"l\">" + escape(label) +
         "</div></div>\n";
}

std::string figures(const RunResult& run) {
  const OutcomeCounts total = total_counts(run);
  std::string out = "<div class=\"figures\">\n";
  out += figure(with_thousands(total.total()), "operations");
  out += figure(percent(total.ok, total.total()),
                "ok, " + with_thousands(total.fail) + " fail, " + with_thousands(total.info) + " info");
  Nanos p99 = -1;
  for (const OperationSummary& kind : run.operations) p99 = std::max(p99, kind.response.p99);
  out += figure(people_time(p99), "slowest kind's p99");
  std::size_t proved = 0;
  for (const FaultWindowSummary& fault : run.faults) proved += fault.window.verified ? 1 : 0;
  const std::string all = std::to_string(run.faults.size());
  out += run.faults.empty() ? figure("0", "faults")
                            : figure(std::to_string(proved) + " of " + all, "faults proved");
  if (run.progress_demanded)
    out +=
        figure(run.recovered ? people_time(run.recovery_time) : "not seen", "recovery after the last heal");
  const bool simulated = run.virtual_time > 0;
  out += figure(people_time(simulated ? run.virtual_time : run.wall_time),
                simulated ? "virtual time, in " + people_time(run.wall_time) : "run time");
  return out + "</div>\n";
}

}  // namespace

std::string banner_section(const RunResult& run) {
  std::string out = "<header>\n<div class=\"over\"><div><b>" + escape(run_title(run)) + "</b> on " +
                    escape(run.target.cluster.empty() ? run.plan.cluster : run.target.cluster) +
                    "</div><div>Assay " + escape(run.assay_version) +
                    (run.started_utc.empty() ? "" : " · " + escape(run.started_utc)) +
                    "</div></div>\n<div class=\"banner\">\n" + judgement(run) + performance(run);
  if (!run.target.bugs.empty()) {
    out += "<div class=\"bugs\">⚠ Seeded bugs in force: " + escape(joined(run.target.bugs, ", ")) +
           ". This database is broken on purpose.</div>\n";
  }
  out += "<div class=\"repeat\"><div><div class=\"label\">Repeat this run</div><code>" +
         unbroken(run.command) +
         "</code></div><div><div class=\"label seedlabel\">Seed</div><div class=\"seed\">" +
         std::to_string(run.plan.seed) + "</div></div></div>\n</div>\n" + figures(run) + "</header>\n";
  return out;
}

}  // namespace assay::reports
