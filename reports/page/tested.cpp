// What was tested: target, workload and nemesis as they were, and how the operations ended.
#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

std::string pace_text(const Plan& plan) {
  if (plan.pace == Pace::closed_loop) return "closed loop";
  const std::string shape = plan.pace == Pace::poisson ? "Poisson" : "constant";
  return with_thousands(plan.rate) + " operations/s, " + shape;
}

std::string counts_table(const RunResult& run) {
  HtmlTable table({"Operation", ">Total", ">ok", ">fail", ">info", ">ok share"});
  const auto row = [&](const std::string& name, const OutcomeCounts& counts, std::string_view css) {
    table.add({escape(name), with_thousands(counts.total()), with_thousands(counts.ok),
               with_thousands(counts.fail), with_thousands(counts.info), percent(counts.ok, counts.total())},
              css);
  };
  for (const OperationSummary& kind : run.operations) row(kind.kind, kind.counts, {});
  row("all", total_counts(run), "sum");
  return "<div class=\"card flush\">" + table.markup() + "</div>\n";
}

std::string shrunk_table(const RunResult& run) {
  const std::vector<ShrunkRow> rows = shrunk_rows(run);
  if (rows.empty()) return "";
  HtmlTable table({"Shrunk", ">Before", ">After"});
  for (const ShrunkRow& row : rows) table.add({escape(row.what), escape(row.before), escape(row.after)});
  return "<div class=\"card flush\">" + table.markup() + "</div>\n";
}

}  // namespace

std::string tested_section(const RunResult& run) {
  const Plan& plan = run.plan;
  const TargetDescription& target = run.target;
  const std::string name =
      target.target + " " + target.mode + (target.version.empty() ? "" : " " + target.version);
  const std::string facts = facts_list({
      {"Target", name},
      {"Claims to be", target.claimed_consistency},
      {"Seeded bugs in force", target.bugs.empty() ? "none" : joined(target.bugs, ", ")},
      {"Topology",
       std::to_string(plan.nodes) + " nodes on " + (target.cluster.empty() ? plan.cluster : target.cluster)},
      {"Workload", plan.workload + " over " + with_thousands(plan.keys) + " keys"},
      {"Pace", pace_text(plan)},
      {"Processes", std::to_string(plan.concurrency)},
      {"Main phase", people_time(plan.time_limit) + " after " + people_time(plan.warm_up) + " of warm-up"},
      {"Operation timeout", people_time(plan.operation_timeout)},
      {"Nemesis", nemesis_text(plan)},
      {"Host", run.host},
  });
  const std::string options = facts_list({
      {"Options of the target", facts_text(target.options)},
      {"Options of the workload", facts_text(plan.workload_options)},
  });
  const bool any_option = !target.options.empty() || !plan.workload_options.empty();
  return section(
      "tested", "What was tested",
      "Operations of the main phase. ok: happened. fail: proved not to have happened. info: can't tell.",
      card(facts + (any_option ? "<hr>" + options : "")) + counts_table(run) + shrunk_table(run));
}

}  // namespace assay::reports
