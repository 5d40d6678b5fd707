// The faults: what was done to whom, how it was proved, and what the database did meanwhile.
#include "harness/core/schedule.h"
#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

constexpr std::size_t kFactsInline = 90;  // characters; longer ones are folded away

std::string facts_markup(const Facts& facts, const char* what) {
  const std::string text = facts_text(facts);
  if (text.empty()) return {};
  if (text.size() <= kFactsInline) return "<br><span class=\"soft\">" + escape(text) + "</span>";
  return "<details><summary>" + std::string(what) + "</summary><span class=\"soft\">" + escape(text) +
         "</span></details>";
}

std::string proof(bool proved, const Facts& evidence) {
  std::string out = proved ? pill("p-good", "verified") : pill("p-warn", "unverified");
  return out + facts_markup(evidence, "evidence");
}

std::string healing(const FaultWindow& window) {
  if (window.end == kNever) return pill("p-bad", "never healed");
  std::string out = window.healed ? pill("p-good", "healed") : pill("p-warn", "unverified");
  return out + facts_markup(window.heal_evidence, "evidence");
}

std::string per_second_text(double rate) { return with_thousands(static_cast<std::int64_t>(rate + 0.5)); }

std::string counts_text(const OutcomeCounts& counts) {
  return with_thousands(counts.ok) + ", " + with_thousands(counts.fail) + ", " + with_thousands(counts.info);
}

std::string fault_cell(const FaultWindowSummary& fault) {
  return escape(fault.window.fault) + "<br><span class=\"soft\">" + people_moment(fault.window.begin) +
         "</span>";
}

std::string load_under_faults(const RunResult& run) {
  HtmlTable table({"Fault", ">ok/s before", ">during", ">after", ">Due: ok, fail, info",
                   ">Sent: ok, fail, info", ">p99 during", ">p99 after"});
  for (const FaultWindowSummary& fault : run.faults) {
    table.add({fault_cell(fault), per_second_text(fault.ok_per_second_before),
               per_second_text(fault.ok_per_second_during), per_second_text(fault.ok_per_second_after),
               counts_text(fault.due_during), counts_text(fault.sent_during),
               people_time(fault.response_during.p99), people_time(fault.response_after.p99)});
  }
  return "<h3>What was asked and answered</h3>\n<div class=\"card flush\">" + table.markup() +
         "</div>\n<p class=\"lede\">Due: what the plan wanted inside the window, whenever it was sent; sent: "
         "what "
         "the database was asked inside it, whenever it was due. Percentiles are of what was due.</p>\n";
}

std::string felt_by_clients(const RunResult& run) {
  HtmlTable table({"Fault", ">First ok", ">Longest gap", ">Recovery", ">Full rate", ">Unavailable",
                   ">Slowest node behind"});
  for (const FaultWindowSummary& fault : run.faults) {
    table.add({fault_cell(fault), people_time(fault.time_to_first_success), people_time(fault.longest_gap),
               people_time(fault.time_to_recover), people_time(fault.time_to_full_rate),
               people_time(fault.unavailable),
               fault.replication_behind_max ? with_thousands(*fault.replication_behind_max) : "-"});
  }
  return "<h3>What clients felt</h3>\n<div class=\"card flush\">" + table.markup() +
         "</div>\n<p class=\"lede\">First ok: from the beginning of the fault to the first ok of an "
         "operation sent "
         "after it. Longest gap: without an ok inside the window. Recovery: from the heal to the next ok. "
         "Full rate: "
         "until 90 % of the rate before. Unavailable: stretches of 100 ms and more without an ok, until "
         "recovery. "
         "Slowest node behind: in operations of the common log, of the nodes that answered.</p>\n";
}

}  // namespace

std::string faults_section(const RunResult& run) {
  if (run.faults.empty()) {
    const std::string why = fault_names(run.plan).empty() ? "The plan asked for none." : "None was injected.";
    return section("faults", "Faults", {}, card("<p class=\"none\">" + why + "</p>\n"));
  }
  HtmlTable table({"~Fault", ">Window", "Nodes", "~Effect", "~Healing"});
  for (const FaultWindowSummary& fault : run.faults) {
    const FaultWindow& window = fault.window;
    std::string name = "<span class=\"strong\">" + escape(window.fault) + "</span>";
    if (fault.vacuous) name += " " + pill("p-warn", "vacuous");
    name += facts_markup(window.value, "details");
    const std::string span =
        people_moment(window.begin) + "<br><span class=\"soft\">to " + people_moment(window.end) + "</span>";
    table.add({name, span, escape(node_list(run.history, window.nodes)),
               proof(window.verified, window.evidence), healing(window)});
  }
  return section("faults", "Faults", "A fault counts only when its effect was measured.",
                 "<div class=\"card flush\">" + table.markup() + "</div>\n" + load_under_faults(run) +
                     felt_by_clients(run));
}

}  // namespace assay::reports
