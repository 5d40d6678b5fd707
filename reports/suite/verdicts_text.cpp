// The matrix of a suite as Markdown, JSON and junit.xml, and the track record of known bugs.
#include <algorithm>
#include <utility>
#include <vector>

#include "reports/common/json_convert.h"
#include "reports/common/junit_xml.h"
#include "reports/common/words.h"
#include "reports/suite/verdict_table.h"
#include "reports/suite/verdicts.h"

namespace assay::reports {

namespace {

// Bars would end the cell of a table.
std::string in_table(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
    text.replace(at, 1, "\\|");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + in_table(cell) + " |";
  return line + "\n";
}

std::string rule_of(std::size_t columns) {
  std::string line = "|";
  for (std::size_t i = 0; i < columns; ++i) line += "---|";
  return line + "\n";
}

std::string marked(const CellReport& cell) {
  const bool plain = cell.state == CellState::as_expected || cell.state == CellState::skipped;
  return plain ? cell_word(cell) : "**" + cell_word(cell) + "**";
}

Json run_json(const SuiteRun& run) {
  return {{"seed", run.outcome.seed},
          {"verdict", verdict_name(run.outcome.verdict)},
          {"reason", run.outcome.reason},
          {"harness_failed", run.outcome.broken},
          {"skipped", run.skipped},
          {"missed", run.missed},
          {"operations", run.outcome.operations},
          {"digest", digest_text(run.outcome.digest)},
          {"version", run.version},
          {"wall_time", run.wall_time},
          {"command", run.outcome.command},
          {"folder", run.outcome.folder}};
}

JunitCase junit_case(const CellReport& cell) {
  using State = JunitCase::State;
  switch (cell.state) {
    case CellState::as_expected:
      return {cell.cell.name, State::passed, {}, {}};
    case CellState::skipped:
    case CellState::open:
      return {cell.cell.name, State::skipped, cell.sentence, {}};
    case CellState::missed:
    case CellState::unexpected:
      return {cell.cell.name, State::failed, cell.sentence, command_of(cell)};
    case CellState::trouble:
      break;
  }
  return {cell.cell.name, State::error, cell.sentence, {}};
}

std::string issue_text(const std::string& issue) {
  if (issue.empty()) return "-";
  return issue.starts_with("http") ? "[" + issue.substr(issue.find("//") + 2) + "](" + issue + ")" : issue;
}

}  // namespace

std::string cell_word(const CellReport& cell) {
  if (cell.state == CellState::skipped || cell.state == CellState::open)
    return std::string(cell_state_name(cell.state));
  if (cell.state == CellState::trouble) return "trouble";
  if (cell.state == CellState::missed) return "missed";
  // What was expected and came, or came although it was not.
  const bool invalid = std::any_of(cell.runs.begin(), cell.runs.end(), [](const SuiteRun& run) {
    return run.outcome.verdict == Verdict::invalid;
  });
  const bool unknown = std::any_of(cell.runs.begin(), cell.runs.end(), [](const SuiteRun& run) {
    return run.outcome.verdict == Verdict::unknown;
  });
  return invalid ? "invalid" : unknown ? "unknown" : "valid";
}

std::string matrix_markdown(const MatrixReport& report) {
  const VerdictTable table = verdict_table(report);
  std::string out = "# Suite " + report.suite.name + ": " + report.summary + "\n\n" + report.suite.about +
                    "\n\n    " + report.command + "\n\n";
  std::vector<std::string> head = {"run"};
  head.insert(head.end(), table.columns.begin(), table.columns.end());
  out += line_of(head) + rule_of(head.size());
  for (const std::string& row : table.rows) {
    std::vector<std::string> line = {row};
    for (const std::string& column : table.columns) {
      std::string words;
      if (const auto found = table.cells.find({row, column}); found != table.cells.end()) {
        for (const CellReport* cell : found->second) words += (words.empty() ? "" : ", ") + marked(*cell);
      }
      line.push_back(words);
    }
    out += line_of(line);
  }
  bool any = false;
  for (const CellReport& cell : report.cells) {
    if (cell.state == CellState::as_expected) continue;
    if (!std::exchange(any, true)) out += "\n";
    const std::string command = command_of(cell);
    out += "- " + cell.cell.name + ": " + std::string(cell_state_name(cell.state)) + ": " + cell.sentence +
           (command.empty() ? "" : " (`" + command + "`)") + "\n";
  }
  return out;
}

std::string matrix_json(const MatrixReport& report) {
  Json cells = Json::array();
  for (const CellReport& cell : report.cells) {
    Json runs = Json::array();
    for (const SuiteRun& run : cell.runs) runs.push_back(run_json(run));
    cells.push_back({{"name", cell.cell.name},
                     {"target", cell.cell.plan.target},
                     {"mode", cell.cell.plan.mode},
                     {"workload", cell.cell.plan.workload},
                     {"faults", cell.cell.column},
                     {"cluster", cell.cell.plan.cluster},
                     {"state", cell_state_name(cell.state)},
                     {"expected", cell.expected},
                     {"sentence", cell.sentence},
                     {"shown", cell.shown},
                     {"runs", std::move(runs)}});
  }
  return dump({{"schema_version", 1},
               {"suite", report.suite.name},
               {"file", report.suite.file},
               {"assay_version", report.assay_version},
               {"command", report.command},
               {"summary", report.summary},
               {"wall_time", report.wall_time},
               {"cells", std::move(cells)}},
              2) +
         "\n";
}

std::string matrix_junit(const MatrixReport& report) {
  JunitSuite suite;
  suite.class_name = "assay.suite." + report.suite.name;
  suite.wall_time = report.wall_time;
  suite.properties = {{"command", report.command}, {"summary", report.summary}};
  for (const CellReport& cell : report.cells) suite.cases.push_back(junit_case(cell));
  return junit_xml(suite);
}

std::string regressions_markdown(const MatrixReport& report) {
  std::string out =
      "# Bugs that were found\n\n"
      "How often a bug shows, out of how many runs, with the command that repeats one that shows it. "
      "Generated:\n\n    " +
      report.command + "\n\n";
  const std::vector<std::string> head = {"store", "version", "bug", "public issue", "shows in", "repeat"};
  out += line_of(head) + rule_of(head.size());
  for (const CellReport& cell : report.cells) {
    if (!cell.cell.bug || cell.runs.empty()) continue;
    const KnownBug& bug = *cell.cell.bug;
    const bool tried = cell.state != CellState::skipped && cell.state != CellState::trouble;
    std::string version, command;
    for (const SuiteRun& run : cell.runs) {
      if (version.empty()) version = run.version;
      const bool found = run.outcome.verdict == Verdict::invalid && command.empty();
      if (found) command = run.outcome.command;
    }
    out += line_of({bug.store, version.empty() ? "-" : version, bug.bug, issue_text(bug.issue),
                    tried ? std::to_string(cell.shown) + " of " + std::to_string(cell.runs.size())
                          : std::string(cell_state_name(cell.state)),
                    command.empty() ? "-" : "`" + command + "`"});
  }
  return out;
}

}  // namespace assay::reports
