// How much the verdict is worth: what each checker covered, whether anything was tested at all, and the raw facts.
#include "reports/common/escape.h"
#include "reports/common/json_convert.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

std::string statistics(const CheckResult& check) {
  std::string out = "<span class=\"soft\">" + escape(facts_text(check.statistics)) + "</span>";
  if (check.certificate) {
    out += "<br><span class=\"soft\">certificate for " + std::to_string(check.certificate->objects.size()) +
           " objects</span>";
  }
  return out;
}

}  // namespace

std::string confidence_section(const RunResult& run) {
  HtmlTable table({"Judge", "Verdict", "~Why", "~What was covered"});
  for (const CheckResult& check : run.checks) {
    table.add({"<span class=\"strong\">" + escape(check.checker) + "</span>", verdict_pill(check.verdict),
               escape(check.reason), statistics(check)});
  }
  if (run.checks.empty())
    table.add({"<span class=\"strong\">checkers</span>", pill("p-warn", "none ran"), "", ""});
  const std::string reasons = joined(run.vacuity.reasons, "; ");
  table.add({"<span class=\"strong\">vacuity</span>",
             run.vacuity.vacuous ? pill("p-warn", "vacuous") : pill("p-good", "not vacuous"),
             escape(reasons.empty() && !run.vacuity.vacuous ? "Operations succeeded and something was tested."
                                                            : reasons),
             ""});
  table.add({"<span class=\"strong\">recovery</span>",
             !run.progress_demanded ? pill("p-good", "not asked")
             : run.recovered        ? pill("p-good", "recovered")
                                    : pill("p-warn", "not seen"),
             escape(!run.progress_demanded ? std::string(kListedOperations) + "."
                    : run.recovered        ? "Every class of process made progress " +
                                          people_time(run.recovery_time) + " after the final heal."
                                    : "No progress after the final heal was recorded."),
             ""});
  const std::string facts = facts_list({
      {"Checking budget",
       people_time(run.plan.check_time_limit) + ", " +
           with_thousands(static_cast<std::int64_t>(run.plan.check_memory_limit_bytes >> 20)) + " MiB"},
      {"Invoked later than due", with_thousands(run.late) + (run.late > 0 ? " (no process was free)" : "")},
      {"Counted by the database", facts_text(run.counters)},
      {"Interrupted", run.interrupted ? "yes" : "no"},
  });
  return section("confidence", "Confidence", "How much this verdict is worth.",
                 "<div class=\"card flush\">" + table.markup() + "</div>\n" + card(facts));
}

std::string raw_section(const RunResult& run) {
  const std::string facts = facts_list({
      {"Exit code", std::to_string(run.exit_code)},
      {"History", with_thousands(static_cast<std::int64_t>(run.history.size())) + " operations, digest " +
                      digest_text(run.history.digest())},
      {"Wall time", people_time(run.wall_time)},
      {"Virtual time", run.virtual_time > 0 ? people_time(run.virtual_time) : ""},
      {"Assay", run.assay_version},
      {"Started", run.started_utc},
      {"Host", run.host},
  });
  const std::string files =
      "<p class=\"none\">Beside this file: <a href=\"results.json\">results.json</a>, <a "
      "href=\"history.jsonl\">history.jsonl</a>, <a href=\"plan.json\">plan.json</a>, <a "
      "href=\"trace.json\">trace.json</a> "
      "(for Perfetto), <a href=\"junit.xml\">junit.xml</a>, <a href=\"metrics.prom\">metrics.prom</a>, "
      "nodes/ "
      "(logs of a run on hosts).</p>\n";
  return section("raw", "Raw facts", {},
                 card(facts + files) + "<details><summary>plan.json</summary><pre><code>" +
                     escape(dump(to_json(run.plan), 2)) + "</code></pre></details>\n");
}

}  // namespace assay::reports
