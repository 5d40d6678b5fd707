// What the machines did meanwhile, where it was recorded: what the nodes used, clocks, replication, what the database counted, and
// the nodes' logs.
#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

std::string clock_table(const RunResult& run) {
  HtmlTable table({"Clock fault", ">Window", "Nodes", "~Wanted", "~Measured", "~After healing"});
  int rows = 0;
  for (const FaultWindowSummary& fault : run.faults) {
    const FaultWindow& window = fault.window;
    if (!window.fault.starts_with("clock")) continue;
    ++rows;
    table.add(
        {"<span class=\"strong\">" + escape(window.fault) + "</span>",
         people_moment(window.begin) + "<br><span class=\"soft\">to " + people_moment(window.end) + "</span>",
         escape(node_list(run.history, window.nodes)), escape(facts_text(window.value)),
         escape(facts_text(window.evidence)), escape(facts_text(window.heal_evidence))});
  }
  if (rows == 0) return "<p class=\"none\">No clock was moved.</p>\n";
  return "<div class=\"card flush\">" + table.markup() + "</div>\n";
}

// Shorter than the time between two looks shows as none.
std::string lag_text(Nanos lag) {
  return lag == 0 ? "less than the time between two looks (a few a second)" : "at least " + people_time(lag);
}

std::string log_excerpts(const std::vector<LogExcerpt>& logs) {
  if (logs.empty())
    return "<p class=\"none\">No logs of nodes lie beside this report (a simulated run has none).</p>\n";
  std::string out;
  for (const LogExcerpt& log : logs) {
    out += "<details><summary>" + escape(log.name) + ": " + escape(log.what) + "</summary><pre><code>" +
           escape(log.text) + "</code></pre></details>\n";
  }
  return out;
}

}  // namespace

std::string environment_section(const RunResult& run, const TimeSlices& slices,
                                const std::vector<LogExcerpt>& logs) {
  const ReplicationSummary& replication = run.measurements.replication;
  const std::string counted = facts_text(run.counters);
  return section(
      "environment", "Nodes, clocks and logs", "What was recorded beside the operations.",
      resources_markup(run) + clock_table(run) + replication_chart(run, slices) +
          card(facts_list(
              {{"Counted by the database", counted.empty() ? "nothing" : counted},
               {"Leader changes",
                replication.leader_changes ? with_thousands(*replication.leader_changes) : ""},
               {"Replication lag, at most", replication.lag_max ? lag_text(*replication.lag_max) : ""},
               {"Slowest node behind, at most",
                replication.behind_max ? with_thousands(*replication.behind_max) + " operations" : ""},
               {"Hints that waited, at most",
                replication.pending_max ? with_thousands(*replication.pending_max) : ""},
               {"Every node had caught up after the last fault within",
                replication.caught_up_after ? people_time(*replication.caught_up_after) : ""},
               {"All nodes agreed after the last fault within",
                replication.convergence_time ? people_time(*replication.convergence_time) : ""},
               {"Host of the harness", run.host.empty() ? "simulated" : run.host}})) +
          log_excerpts(logs));
}

}  // namespace assay::reports
