#include "harness/experiments/suite_judge.h"

#include <algorithm>
#include <utility>

#include "harness/core/error.h"
#include "harness/experiments/judge.h"

namespace assay::experiments {

namespace {

std::int64_t seeds_of(const SuiteCell& cell) {
  return static_cast<std::int64_t>(cell.last_seed - cell.first_seed + 1);
}

std::int64_t demanded(const VerdictExpectation& expectation, std::int64_t seeds) {
  if (expectation.seeds_min > 0) return expectation.seeds_min;
  return expectation.verdict == Verdict::invalid ? 1 : seeds;
}

std::string wanted_text(const VerdictExpectation& expectation, std::int64_t seeds) {
  std::string text(verdict_name(expectation.verdict));
  if (!expectation.anomaly.empty()) text += ": " + expectation.anomaly;
  if (!expectation.checker.empty()) text += " (" + expectation.checker + ")";
  const std::int64_t least = demanded(expectation, seeds);
  if (seeds > 1)
    text += least == seeds ? " in every seed"
                           : " in at least " + std::to_string(least) + " of " + std::to_string(seeds);
  return text;
}

std::string came_text(const SuiteRun& run) {
  std::string text =
      "seed " + std::to_string(run.outcome.seed) + " was " + std::string(verdict_name(run.outcome.verdict));
  for (const CheckOutcome& check : run.outcome.checks) {
    if (check.verdict != run.outcome.verdict || check.verdict == Verdict::valid) continue;
    return text + " (" + check.checker + (check.anomalies.empty() ? "" : ": " + check.anomalies.front()) +
           ")";
  }
  return run.outcome.reason.empty() ? text : text + ": " + run.outcome.reason;
}

// The first expectation that is not met, in a sentence; empty when all are.
std::string unmet(const SuiteCell& cell, const std::vector<SuiteRun>& runs) {
  const std::int64_t seeds = seeds_of(cell);
  for (const VerdictExpectation& expectation : cell.expected) {
    const auto shown = std::count_if(runs.begin(), runs.end(),
                                     [&](const SuiteRun& run) { return shows(run.outcome, expectation); });
    if (shown >= demanded(expectation, seeds)) continue;
    const auto other = std::find_if(runs.begin(), runs.end(),
                                    [&](const SuiteRun& run) { return !shows(run.outcome, expectation); });
    const std::string came = other == runs.end() ? "no other seed was run" : came_text(*other);
    return "expected " + wanted_text(expectation, seeds) + "; " + came;
  }
  return "";
}

bool any_run(const std::vector<SuiteRun>& runs, bool (*what)(const SuiteRun&)) {
  return std::any_of(runs.begin(), runs.end(), what);
}

const SuiteRun& first_run(const std::vector<SuiteRun>& runs, bool (*what)(const SuiteRun&)) {
  return *std::find_if(runs.begin(), runs.end(), what);
}

bool is_broken(const SuiteRun& run) { return run.outcome.broken; }
bool is_skipped(const SuiteRun& run) { return !run.skipped.empty(); }
bool misses(const SuiteRun& run) { return !run.missed.empty(); }

// Whether more seeds would be needed to say anything. One that is only to be shown once may be enough.
bool lacks_runs(const SuiteCell& cell, const std::vector<SuiteRun>& runs) {
  return static_cast<std::int64_t>(runs.size()) < seeds_of(cell) &&
         (runs.empty() || !unmet(cell, runs).empty());
}

}  // namespace

bool shows_expected(const SuiteCell& cell, const SuiteRun& run) {
  return std::all_of(cell.expected.begin(), cell.expected.end(),
                     [&](const VerdictExpectation& expectation) { return shows(run.outcome, expectation); });
}

CellReport judge_cell(const SuiteCell& cell, std::vector<SuiteRun> runs) {
  std::sort(runs.begin(), runs.end(),
            [](const SuiteRun& a, const SuiteRun& b) { return a.outcome.seed < b.outcome.seed; });
  CellReport report{cell, CellState::as_expected, "", "", std::move(runs), 0};
  for (const VerdictExpectation& expectation : cell.expected)
    report.expected += (report.expected.empty() ? "" : "; ") + wanted_text(expectation, seeds_of(cell));
  const std::vector<SuiteRun>& all = report.runs;
  report.shown =
      std::count_if(all.begin(), all.end(), [&](const SuiteRun& run) { return shows_expected(cell, run); });
  const auto say = [&report](CellState state, std::string sentence) {
    report.state = state;
    report.sentence = std::move(sentence);
  };
  if (any_run(all, is_broken)) {
    const SuiteRun& broken = first_run(all, is_broken);
    say(CellState::trouble, "seed " + std::to_string(broken.outcome.seed) + ": " + broken.outcome.reason);
  } else if (any_run(all, is_skipped)) {
    say(CellState::skipped, first_run(all, is_skipped).skipped);
  } else if (lacks_runs(cell, all)) {
    say(CellState::open,
        std::to_string(all.size()) + " of " + std::to_string(seeds_of(cell)) + " seeds were run");
  } else if (std::string sentence = unmet(cell, all); !sentence.empty()) {
    say(CellState::unexpected, std::move(sentence));
  } else if (any_run(all, misses)) {
    say(CellState::missed, first_run(all, misses).missed.front());
  }
  return report;
}

std::vector<CellReport> judge_cells(const SuitePlan& suite, const std::vector<SuiteRun>& runs) {
  std::map<std::string, std::vector<SuiteRun>> by_cell;
  for (const SuiteRun& run : runs) by_cell[run.cell].push_back(run);
  std::vector<CellReport> reports;
  for (const SuiteCell& cell : suite.cells) reports.push_back(judge_cell(cell, by_cell[cell.name]));
  return reports;
}

int suite_exit_code(const std::vector<CellReport>& cells) {
  const auto any = [&cells](CellState state) {
    return std::any_of(cells.begin(), cells.end(),
                       [state](const CellReport& cell) { return cell.state == state; });
  };
  if (any(CellState::trouble)) return kExitHarness;
  if (any(CellState::unexpected)) return kExitInvalid;
  if (any(CellState::missed)) return kExitRegressed;
  return any(CellState::open) || !any(CellState::as_expected) ? kExitUnknown : kExitValid;
}

std::string suite_summary(const std::vector<CellReport>& cells) {
  std::map<CellState, int> counts;
  for (const CellReport& cell : cells) ++counts[cell.state];
  std::string text;
  for (const auto& [state, count] : counts)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(cell_state_name(state));
  return text;
}

}  // namespace assay::experiments
