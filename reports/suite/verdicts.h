// What came of a suite: the matrix of verdicts, a row for each target, mode and workload, a column for each set of faults, and each
// cell with what was expected, what came instead, and the command that repeats it. For people a page like that of a run, and
// Markdown; for machines JSON and junit.xml. And the track record of known bugs.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "harness/core/suite.h"

namespace assay::reports {

std::string matrix_html(const MatrixReport& report);
std::string matrix_markdown(const MatrixReport& report);
std::string matrix_json(const MatrixReport& report);
std::string matrix_junit(const MatrixReport& report);

// Of the cells that name a bug: how often it showed out of how many runs (experiments/regressions.md).
std::string regressions_markdown(const MatrixReport& report);

// "valid", "invalid", "skipped", "missed": what the table shows.
std::string cell_word(const CellReport& cell);

}  // namespace assay::reports
