// Says of each cell of a suite whether its runs came out as expected, and which exit code that is.
//
// valid is expected of every seed, invalid of one, unless the expectation says of how many. What was skipped is no failure; a cell
// that nobody has run leaves the suite undecided.
//
// Thread safety: pure functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/suite.h"

namespace assay::experiments {

CellReport judge_cell(const SuiteCell& cell, std::vector<SuiteRun> runs);

// Runs are told to their cells by name; those of no cell are left out. Seeds in order.
std::vector<CellReport> judge_cells(const SuitePlan& suite, const std::vector<SuiteRun>& runs);

// Whether one run alone shows all that is expected of the cell.
bool shows_expected(const SuiteCell& cell, const SuiteRun& run);

// 255 trouble, 1 unexpected, 3 an objective was missed, 2 something is open or nothing was run at all, 0.
int suite_exit_code(const std::vector<CellReport>& cells);

// "12 as expected, 1 skipped".
std::string suite_summary(const std::vector<CellReport>& cells);

}  // namespace assay::experiments
