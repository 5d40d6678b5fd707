// The reports of a suite: the matrix in every notation, and the track record.
#include "reports/suite/verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assay::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CellReport cell_of(const std::string& row, const std::string& column, CellState state, Verdict verdict) {
  CellReport cell;
  cell.cell.name = row + ", " + column;
  cell.cell.row = row;
  cell.cell.column = column;
  cell.state = state;
  cell.expected = "valid";
  cell.sentence = state == CellState::as_expected ? "" : "because of <it> | \"that\"";
  SuiteRun run;
  run.outcome.verdict = verdict;
  run.outcome.command = "assay run --seed 1";
  run.version = "7.0.15";
  cell.runs = {run};
  cell.shown = state == CellState::as_expected ? 1 : 0;
  return cell;
}

MatrixReport sample_matrix() {
  MatrixReport report;
  report.suite.name = "quick";
  report.suite.about = "What is tried";
  report.command = "assay run suites/quick.json";
  report.summary = "2 as expected";
  report.cells = {cell_of("refdb raft", "none", CellState::as_expected, Verdict::valid),
                  cell_of("refdb raft", "kill", CellState::unexpected, Verdict::invalid),
                  cell_of("redis", "none", CellState::skipped, Verdict::unknown),
                  cell_of("redis", "kill", CellState::as_expected, Verdict::invalid)};
  report.cells[3].cell.bug = KnownBug{"redis", "does not come back", "https://example.org/issues/1"};
  return report;
}

TEST(SuiteVerdicts, MarkdownIsATableAndWhatWasNotAsExpected) {
  const std::string text = matrix_markdown(sample_matrix());
  EXPECT_THAT(text, HasSubstr("| run | none | kill |\n|---|---|---|\n| refdb raft | valid | **invalid** |\n"
                              "| redis | skipped | invalid |\n"));
  EXPECT_THAT(text, HasSubstr("- refdb raft, kill: not as expected: because of"));
  EXPECT_THAT(text, Not(HasSubstr("- redis, kill")));
}

TEST(SuiteVerdicts, JsonHasEveryCellWithItsRuns) {
  const auto json = nlohmann::json::parse(matrix_json(sample_matrix()));
  EXPECT_EQ(json["suite"], "quick");
  ASSERT_EQ(json["cells"].size(), 4u);
  EXPECT_EQ(json["cells"][1]["state"], "not as expected");
  EXPECT_EQ(json["cells"][1]["runs"][0]["verdict"], "invalid");
}

TEST(SuiteVerdicts, JunitTellsFailuresFromSkips) {
  const std::string xml = matrix_junit(sample_matrix());
  EXPECT_THAT(xml, HasSubstr("tests=\"4\""));
  EXPECT_THAT(xml, HasSubstr("failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("skipped=\"1\""));
}

TEST(SuiteVerdicts, ThePageEscapesWhatItShows) {
  const std::string page = matrix_html(sample_matrix());
  EXPECT_THAT(page, HasSubstr("Suite quick: 2 as expected"));
  EXPECT_THAT(page, HasSubstr("because of &lt;it&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<it>")));
}

TEST(SuiteVerdicts, TheTrackRecordCountsHowOftenABugShows) {
  const std::string text = regressions_markdown(sample_matrix());
  EXPECT_THAT(
      text,
      HasSubstr(
          "| redis | 7.0.15 | does not come back | [example.org/issues/1](https://example.org/issues/1) | "
          "1 of 1 | `assay run --seed 1` |\n"));
  EXPECT_THAT(text, Not(HasSubstr("refdb raft |")));
}

}  // namespace
}  // namespace assay::reports
