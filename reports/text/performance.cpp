#include "reports/text/performance.h"

#include <cmath>

#include "reports/common/words.h"
#include "reports/text/table.h"

namespace assay::reports {

namespace {

std::string per_second(double rate) { return with_thousands(std::llround(rate)); }

std::string whole_percent(double percent) { return std::to_string(std::llround(percent)) + " %"; }

std::string host_line(const HostNoise& host) {
  std::string line = "  Host: " + whole_percent(host.mean.busy_percent) + " of " +
                     std::to_string(host.processors) + " processors busy, " +
                     whole_percent(host.mean.steal_percent) + " stolen; ";
  if (host.pressure_known)
    line += "something waited for a processor " + whole_percent(host.mean.cpu_pressure_percent) +
            " of the time;\n  ";
  line += "the harness took " + whole_percent(host.mean.own_percent) + " of one";
  if (host.harness_nice < 0)
    line += ", with a raised priority (nice " + std::to_string(host.harness_nice) + ")";
  return line + ".\n";
}

}  // namespace

std::string load_text(const RunResult& run) {
  const LoadSummary& load = run.measurements.load;
  if (load.due == 0 && load.sent_per_second == 0) return "";
  std::string out = "  ";
  if (load.open_loop()) {
    out += "Open loop (" + std::string(pace_name(load.pace)) + "): " + per_second(load.intended_per_second) +
           " operations a second intended, " + per_second(load.ok_per_second) + " ok; " +
           with_thousands(load.late) + " sent late, " + with_thousands(load.dropped) + " never sent.\n";
    if (load.dropped > 0)
      out += "  Operations that were never sent are in no percentile: latencies are better than a user's.\n";
  } else {
    out +=
        "Closed loop: " + per_second(load.ok_per_second) +
        " ok a second. A closed loop waits while the database does: stalls hardly show in its percentiles.\n";
  }
  const Stationarity& stationarity = run.measurements.stationarity;
  if (stationarity.checked)
    out += std::string("  ") + (stationarity.stationary ? "Steady: " : "NOT STEADY: ") + stationarity.reason +
           ".\n";
  if (run.measurements.host.recorded) out += host_line(run.measurements.host);
  return out;
}

std::string sweep_text(const RunResult& run) {
  const Sweep& sweep = run.measurements.sweep;
  if (sweep.steps.empty()) return "";
  Table table(
      {">rate", ">ok/s", ">response p50", ">p99", ">max", ">service p50", ">p99", ">late", ">dropped", ""});
  for (std::size_t i = 0; i < sweep.steps.size(); ++i) {
    const SweepStep& step = sweep.steps[i];
    table.add({with_thousands(step.rate), per_second(step.ok_per_second), people_time(step.response.p50),
               people_time(step.response.p99), people_time(step.response.max), people_time(step.service.p50),
               people_time(step.service.p99), with_thousands(step.late), with_thousands(step.dropped),
               sweep.knee == i  ? knee_word(sweep)
               : step.sustained ? ""
                                : "not sustained"});
  }
  return "\nLatency against throughput\n" + table.text("  ");
}

}  // namespace assay::reports
