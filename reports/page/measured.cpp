// Whether the figures can be trusted and what they come to: how the load was offered, the machine's noise, steadiness, the
// steps of a rate sweep, and what the plan demanded of them.
#include <algorithm>
#include <cstdio>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

std::string one_decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

std::string percent_of(double number) { return one_decimal(number) + " %"; }

std::string rate_of(double rate) { return with_thousands(static_cast<std::int64_t>(rate + 0.5)) + " /s"; }

const char* gate_pill(GateVerdict verdict) {
  return verdict == GateVerdict::pass ? "p-good" : verdict == GateVerdict::regressed ? "p-bad" : "p-warn";
}

std::string_view objective_word(GateVerdict verdict) {
  return verdict == GateVerdict::pass ? "met" : verdict == GateVerdict::regressed ? "missed" : "inconclusive";
}

std::string steadiness(const Stationarity& stationarity) {
  if (!stationarity.reason.empty()) return stationarity.reason;
  return stationarity.checked ? (stationarity.stationary ? "steady" : "not steady") : "not checked";
}

std::string noise(const HostNoise& host) {
  if (!host.recorded) return "not recorded (a simulated run feels nothing of its host)";
  std::string out = "busy " + percent_of(host.mean.busy_percent) + " (worst second " +
                    percent_of(host.worst.busy_percent) + "), stolen " +
                    percent_of(host.worst.steal_percent) + " at worst, this program " +
                    percent_of(host.mean.own_percent) + " of one processor" +
                    (host.harness_nice < 0 ? " (nice " + std::to_string(host.harness_nice) + ")" : "") +
                    ", load " + one_decimal(host.mean.load);
  if (host.pressure_known) {
    out += ", waiting for a processor " + percent_of(host.mean.cpu_pressure_percent) +
           " of the time (worst " + percent_of(host.worst.cpu_pressure_percent) + ")";
  }
  return out;
}

std::string sweep_table(const Sweep& sweep) {
  if (sweep.steps.empty()) return {};
  HtmlTable table({"Step", ">Intended", ">ok", ">Median", ">p99", ">Service p99", ">Late", ">Dropped", ""});
  for (std::size_t i = 0; i < sweep.steps.size(); ++i) {
    const SweepStep& step = sweep.steps[i];
    const bool knee = sweep.knee && *sweep.knee == i;
    table.add({std::to_string(i + 1), rate_of(static_cast<double>(step.rate)), rate_of(step.ok_per_second),
               people_time(step.response.p50), people_time(step.response.p99), people_time(step.service.p99),
               with_thousands(step.late), with_thousands(step.dropped),
               (step.sustained ? pill("p-good", "sustained") : pill("p-warn", "not sustained")) +
                   (knee ? " " + pill("p-ok", knee_word(sweep)) : "")});
  }
  return "<h3>Rate sweep</h3>\n<div class=\"card flush\">" + table.markup() + "</div>\n";
}

std::string objectives_table(const RunResult& run) {
  if (run.objectives.empty()) return {};
  HtmlTable table({"Objective", ">Measured", "", "~Why"});
  for (const ObjectiveResult& result : run.objectives) {
    table.add({"<code>" + escape(result.objective) + "</code>", escape(result.measured),
               pill(gate_pill(result.verdict), objective_word(result.verdict)), escape(result.reason)});
  }
  return "<div class=\"card flush\">" + table.markup() + "</div>\n";
}

}  // namespace

PerformanceVerdict performance_verdict(const RunResult& run) {
  const LoadSummary& load = run.measurements.load;
  std::string measured;
  if (load.sent_per_second > 0) {
    measured = rate_of(load.ok_per_second) + " ok";
    if (load.open_loop()) measured += " of " + rate_of(load.intended_per_second) + " intended";
    const LatencySummary& response = run.measurements.all.response;
    if (response.p50 >= 0) measured += ", median " + people_time(response.p50);
    if (response.p99 >= 0) measured += ", p99 " + people_time(response.p99);
    measured += ".";
  }
  if (run.objectives.empty()) {
    return {"Not judged", "p-fail", measured + (measured.empty() ? "" : " ") + "The plan has no objectives."};
  }
  GateVerdict worst = GateVerdict::pass;
  std::string why;
  for (const ObjectiveResult& result : run.objectives) {
    if (result.verdict <= worst) continue;
    worst = result.verdict;
    why = result.objective + ": " + result.reason;
  }
  const std::string count = std::to_string(run.objectives.size());
  const std::string word = worst == GateVerdict::pass        ? "Objectives met"
                           : worst == GateVerdict::regressed ? "Objective missed"
                                                             : "Inconclusive";
  return {word, gate_pill(worst),
          (worst == GateVerdict::pass ? "All " + count + " hold. " : why + " ") + measured};
}

std::string measured_markup(const RunResult& run) {
  const Measurements& measured = run.measurements;
  const LoadSummary& load = measured.load;
  if (load.sent_per_second <= 0) return objectives_table(run);
  const std::string facts = facts_list({
      {"Load", load.open_loop() ? "open loop: " + rate_of(load.intended_per_second) + " intended, " +
                                      rate_of(load.sent_per_second) + " sent"
                                : "closed loop: a process sends when its last operation completed"},
      {"ok", rate_of(load.ok_per_second)},
      {"Sent late", with_thousands(load.late) + " of " + with_thousands(load.due) + " that were due"},
      {"Never sent", with_thousands(load.dropped) +
                         (load.dropped > 0 ? ": the run ended first, so response times are too good" : "")},
      {"Steady outside faults", steadiness(measured.stationarity)},
      {"Noise of the host", noise(measured.host)},
  });
  return objectives_table(run) + card(facts) + sweep_table(measured.sweep);
}

}  // namespace assay::reports
