#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"
#include "reports/suite/verdict_table.h"
#include "reports/suite/verdicts.h"

namespace assay::reports {

namespace {

bool is_bad(CellState state) {
  return state == CellState::unexpected || state == CellState::trouble || state == CellState::missed;
}

std::string cell_pill(const CellReport& cell) {
  const char* css = cell.state == CellState::as_expected ? "p-good" : is_bad(cell.state) ? "p-bad" : "p-warn";
  return pill(css, cell_word(cell));
}

std::string table_section(const MatrixReport& report) {
  const VerdictTable table = verdict_table(report);
  std::vector<std::string> head = {"Run"};
  head.insert(head.end(), table.columns.begin(), table.columns.end());
  HtmlTable html(head);
  for (const std::string& row : table.rows) {
    std::vector<std::string> line = {"<span class=\"strong\">" + escape(row) + "</span>"};
    for (const std::string& column : table.columns) {
      std::string pills;
      if (const auto found = table.cells.find({row, column}); found != table.cells.end()) {
        for (const CellReport* cell : found->second) pills += (pills.empty() ? "" : " ") + cell_pill(*cell);
      }
      line.push_back(pills);
    }
    html.add(line);
  }
  return section("matrix", "Verdicts", report.suite.about,
                 "<div class=\"card flush\">" + html.markup() + "</div>\n");
}

std::string came_cell(const CellReport& cell) {
  std::string out = cell_pill(cell) + " " + escape(cell.sentence);
  for (const SuiteRun& run : cell.runs) {
    if (run.outcome.folder.empty()) continue;
    out += "<br><a href=\"" + escape(run.outcome.folder) + "/report.html\">run of seed " +
           std::to_string(run.outcome.seed) + "</a>";
  }
  return out;
}

std::string cells_section(const MatrixReport& report) {
  HtmlTable html({"Cell", "~Expected", "~Came", "~Runs", "~Repeat"});
  for (const CellReport& cell : report.cells) {
    const std::string command = command_of(cell);
    html.add({"<span class=\"strong\">" + escape(cell.cell.name) + "</span>", escape(cell.expected),
              came_cell(cell), std::to_string(cell.shown) + " of " + std::to_string(cell.runs.size()),
              command.empty() ? "" : "<code>" + escape(command) + "</code>"});
  }
  return section("cells", "Cells", "Each with what was expected, and how many runs showed it.",
                 "<div class=\"card flush\">" + html.markup() + "</div>\n");
}

}  // namespace

std::string matrix_html(const MatrixReport& report) {
  bool good = true;
  for (const CellReport& cell : report.cells) good = good && !is_bad(cell.state);
  const std::string title = "Suite " + report.suite.name + ": " + report.summary;
  return page_head(title) + "<body class=\"" + (good ? "valid" : "invalid") +
         "\">\n<main>\n<div class=\"banner\"><div class=\"judgement\"><div><h1>" + escape(title) +
         "</h1><p>" + escape(report.suite.file) + ", assay " + escape(report.assay_version) + ", " +
         escape(people_time(report.wall_time)) +
         " of runs.</p></div></div>\n<div class=\"repeat\"><span class=\"label\">Repeat</span><code>" +
         escape(report.command) + "</code></div></div>\n" + table_section(report) + cells_section(report) +
         "</main>\n</body>\n</html>\n";
}

}  // namespace assay::reports
