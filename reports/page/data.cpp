// What the script of the page works with: figures as JSON, operations as compressed columns, both in elements that no browser
// runs. Without a script they are inert.
#include <algorithm>

#include "reports/common/json_convert.h"
#include "reports/common/words.h"
#include "reports/page/columns.h"
#include "reports/page/page.h"
#include "reports/page/svg.h"

namespace assay::reports {

namespace {

constexpr Nanos kTickLength = 100;  // as in the columns
constexpr std::size_t kFindingsInScript = 20;

Json slices_json(const TimeSlices& slices) {
  const auto ticks = [](Nanos time) { return time < 0 ? -1 : time / kTickLength; };
  Json out = Json::array();
  for (const TimeSlice& slice : slices.slices) {
    out.push_back({slice.completed.ok, slice.completed.fail, slice.completed.info, ticks(slice.p50),
                   ticks(slice.p90), ticks(slice.max), slice.in_flight, ticks(slice.lag)});
  }
  return out;
}

Json faults_in_script(const RunResult& run, Nanos end) {
  Json out = Json::array();
  for (const FaultWindowSummary& fault : run.faults) {
    out.push_back({{"name", fault.window.fault},
                   {"nodes", node_list(run.history, fault.window.nodes)},
                   {"begin", fault.window.begin / kTickLength},
                   {"end", std::min(fault.window.end, end) / kTickLength}});
  }
  return out;
}

Json findings_in_script(const RunResult& run) {
  Json out = Json::array();
  for (const NamedFinding& named : all_findings(run)) {
    if (out.size() == kFindingsInScript) break;
    out.push_back({{"name", named.finding->anomaly}, {"witness", named.finding->witness}});
  }
  return out;
}

// Text inside an element ends at the first "</": no less-than sign is left in it.
std::string without_less_than(const std::string& json) {
  std::string out;
  for (const char c : json) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

OpId first_witness(const RunResult& run) {
  const std::vector<NamedFinding> findings = all_findings(run);
  if (findings.empty() || findings.front().finding->witness.empty()) return 0;
  const OpId id = findings.front().finding->witness.front();
  return id < run.history.size() ? id : 0;
}

}  // namespace

std::string page_data(const RunResult& run, const TimeSlices& slices) {
  if (run.history.empty()) return {};
  const Columns columns = pack_columns(run, first_witness(run));
  const Frame frame;
  const Json facts = {{"end", slices.end / kTickLength},
                      {"frame", {{"width", kChartWidth}, {"left", frame.left}, {"right", frame.right}}},
                      {"nodes", run.history.node_names()},
                      {"faults", faults_in_script(run, slices.end)},
                      {"findings", findings_in_script(run)},
                      {"slices", slices_json(slices)},
                      {"columns",
                       {{"first", columns.first},
                        {"count", columns.count},
                        {"lanes", columns.lanes},
                        {"texts", columns.texts},
                        {"kinds", columns.kinds}}}};
  return "<script type=\"application/json\" id=\"facts\">" + without_less_than(dump(facts, -1)) +
         "</script>\n<script type=\"application/octet-stream\" id=\"columns\">" + columns.base64 +
         "</script>\n";
}

}  // namespace assay::reports
