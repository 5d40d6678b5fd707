#include <algorithm>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"
#include "reports/suite/matrix.h"
#include "reports/suite/suite.h"

namespace assay::reports {

namespace {

std::string result_pill(const ExperimentReport& report) {
  const char* css = !report.met ? "p-bad" : report.experiment.refuted ? "p-warn" : "p-good";
  return pill(css, result_text(report));
}

std::string measured_cell(const RunReport& run, const PointReport& point) {
  std::string out;
  for (std::size_t i = 0; i < run.titles.size(); ++i) {
    out += (out.empty() ? "" : "<br>") + escape(run.titles[i]) + ": <span class=\"strong\">" +
           escape(point.measured[i]) + "</span>";
  }
  return out;
}

// The run folders, where they were kept.
std::string evidence(const PointReport& point) {
  std::string out = escape(point.evidence);
  for (const SeedOutcome& seed : point.seeds) {
    if (seed.folder.empty()) continue;
    out += "<br><a href=\"" + escape(seed.folder) + "/report.html\">run of seed " +
           std::to_string(seed.seed) + "</a>";
  }
  return out;
}

std::string experiment_section(const ExperimentReport& report) {
  HtmlTable table({"Run", "~Expected", "~Measured", "~Evidence", "~Repeat"});
  for (const RunReport& run : report.runs) {
    std::string expected = escape(run.expected);
    for (const std::string& unmet : run.unmet)
      expected += "<br>" + pill("p-bad", "not met") + " " + escape(unmet);
    for (const PointReport& point : run.points) {
      const std::string label =
          point.label.empty() ? "" : "<br><span class=\"soft\">" + escape(point.label) + "</span>";
      table.add({"<span class=\"strong\">" + escape(run.name) + "</span>" + label, expected,
                 measured_cell(run, point), evidence(point),
                 point.command.empty() ? "" : "<code>" + escape(point.command) + "</code>"});
      expected.clear();
    }
  }
  std::string lede = report.experiment.statement;
  if (!report.experiment.note.empty()) lede += " " + report.experiment.note;
  return section(report.experiment.claim, report.experiment.claim, lede,
                 "<p class=\"lede\">" + result_pill(report) + " <span class=\"soft\">" +
                     escape(report.experiment.file) + "</span></p>\n<div class=\"card flush\">" +
                     table.markup() + "</div>\n");
}

}  // namespace

std::string suite_html(const SuiteReport& suite) {
  const auto met = std::count_if(suite.experiments.begin(), suite.experiments.end(),
                                 [](const ExperimentReport& report) { return report.met; });
  const bool all = met == static_cast<std::ptrdiff_t>(suite.experiments.size());
  const std::string title =
      std::to_string(met) + " of " + std::to_string(suite.experiments.size()) + " experiments as expected";
  std::string out = page_head(title);
  out += "<body class=\"" + std::string(all ? "valid" : "invalid") + "\">\n<main>\n<div class=\"banner\">" +
         "<div class=\"judgement\"><div><h1>" + escape(title) + "</h1><p>Cluster " + escape(suite.cluster) +
         ", " + escape(people_time(suite.wall_time)) + ".</p></div></div>\n" +
         "<div class=\"repeat\"><span class=\"label\">Repeat</span><code>" + escape(suite.command) +
         "</code></div></div>\n";
  out += matrix_section(suite) + pacelc_section(suite);
  for (const ExperimentReport& report : suite.experiments) out += experiment_section(report);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace assay::reports
