// What a cell of a suite comes to, from its runs.
#include "harness/experiments/suite_judge.h"

#include <gtest/gtest.h>

namespace assay::experiments {
namespace {

SuiteRun run_of(std::uint64_t seed, Verdict verdict, const std::string& anomaly = "") {
  SuiteRun run;
  run.cell = "c";
  run.outcome.seed = seed;
  run.outcome.verdict = verdict;
  run.outcome.checks = {{"linearizable", verdict, {}, ""}};
  if (!anomaly.empty()) run.outcome.checks[0].anomalies = {anomaly};
  return run;
}

SuiteCell cell_of(Verdict verdict, std::uint64_t seeds, std::int64_t seeds_min = 0) {
  SuiteCell cell;
  cell.name = "c";
  cell.last_seed = seeds;
  cell.expected = {{"", verdict, "", seeds_min}};
  return cell;
}

constexpr Verdict kValidRun = Verdict::valid, kInvalidRun = Verdict::invalid;

TEST(SuiteJudge, ValidIsExpectedOfEverySeedAndInvalidOfOne) {
  const auto state = [](const SuiteCell& cell, std::vector<SuiteRun> runs) {
    return judge_cell(cell, std::move(runs)).state;
  };
  const SuiteCell valid = cell_of(kValidRun, 2), invalid = cell_of(kInvalidRun, 2),
                  twice = cell_of(kInvalidRun, 2, 2);
  EXPECT_EQ(state(valid, {run_of(1, kValidRun), run_of(2, kValidRun)}), CellState::as_expected);
  EXPECT_EQ(state(valid, {run_of(1, kValidRun), run_of(2, kInvalidRun)}), CellState::unexpected);
  EXPECT_EQ(state(valid, {run_of(1, kValidRun)}), CellState::open);
  EXPECT_EQ(state(valid, {}), CellState::open);
  EXPECT_EQ(state(invalid, {run_of(1, kInvalidRun)}), CellState::as_expected) << "one is enough";
  EXPECT_EQ(state(invalid, {run_of(1, kValidRun)}), CellState::open) << "the other may show it";
  EXPECT_EQ(state(invalid, {run_of(1, kValidRun), run_of(2, kValidRun)}), CellState::unexpected);
  EXPECT_EQ(state(twice, {run_of(1, kInvalidRun), run_of(2, kValidRun)}), CellState::unexpected);
}

TEST(SuiteJudge, SaysWhatCameInstead) {
  const CellReport report =
      judge_cell(cell_of(kValidRun, 2), {run_of(2, kInvalidRun, "stale-read"), run_of(1, kValidRun)});
  EXPECT_EQ(report.expected, "valid in every seed");
  EXPECT_EQ(report.sentence, "expected valid in every seed; seed 2 was invalid (linearizable: stale-read)");
  EXPECT_EQ(report.shown, 1);
  EXPECT_EQ(report.runs[0].outcome.seed, 1u);
}

TEST(SuiteJudge, TroubleAndSkippedAndMissedAreNoVerdicts) {
  SuiteRun broken = run_of(1, Verdict::unknown), skipped = run_of(1, Verdict::unknown),
           missed = run_of(1, kValidRun);
  broken.outcome.broken = true;
  broken.outcome.reason = "no ssh";
  skipped.skipped = "this machine has no redis-server";
  missed.missed = {"read.p99 < 1ms: was 2 ms"};
  const SuiteCell cell = cell_of(kValidRun, 1);
  const CellReport trouble = judge_cell(cell, {broken});
  EXPECT_EQ(trouble.state, CellState::trouble);
  EXPECT_EQ(trouble.sentence, "seed 1: no ssh");
  EXPECT_EQ(judge_cell(cell, {skipped}).state, CellState::skipped);
  EXPECT_EQ(judge_cell(cell, {skipped}).sentence, "this machine has no redis-server");
  EXPECT_EQ(judge_cell(cell, {missed}).state, CellState::missed);
}

TEST(SuiteJudge, TheWorstCellIsTheExitCode) {
  const auto code = [](std::vector<CellState> states) {
    std::vector<CellReport> cells;
    for (const CellState state : states) cells.push_back({{}, state, "", "", {}, 0});
    return suite_exit_code(cells);
  };
  using State = CellState;
  EXPECT_EQ(code({State::as_expected, State::skipped}), 0);
  EXPECT_EQ(code({State::skipped}), 2) << "nothing was tested";
  EXPECT_EQ(code({State::as_expected, State::open}), 2);
  EXPECT_EQ(code({State::missed, State::open}), 3);
  EXPECT_EQ(code({State::missed, State::unexpected}), 1);
  EXPECT_EQ(code({State::trouble, State::unexpected}), 255);
}

TEST(SuiteJudge, RunsFindTheirCells) {
  SuitePlan suite;
  suite.cells = {cell_of(kValidRun, 1), cell_of(kValidRun, 1)};
  suite.cells[1].name = "d";
  SuiteRun stray = run_of(1, kInvalidRun);
  stray.cell = "gone";
  const auto reports = judge_cells(suite, {run_of(1, kValidRun), stray});
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].state, CellState::as_expected);
  EXPECT_EQ(reports[1].state, CellState::open);
  EXPECT_EQ(suite_summary(reports), "1 as expected, 1 not run");
}

}  // namespace
}  // namespace assay::experiments
