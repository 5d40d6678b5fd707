// The matrix of a suite as rows and columns, in the order in which they first come.
//
// Thread safety: pure functions. Ownership: the table points into the report.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "harness/core/suite.h"

namespace assay::reports {

struct VerdictTable {
  std::vector<std::string> rows, columns;
  std::map<std::pair<std::string, std::string>, std::vector<const CellReport*>> cells;
};

inline VerdictTable verdict_table(const MatrixReport& report) {
  VerdictTable table;
  const auto note = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const CellReport& cell : report.cells) {
    note(table.rows, cell.cell.row);
    note(table.columns, cell.cell.column);
    table.cells[{cell.cell.row, cell.cell.column}].push_back(&cell);
  }
  return table;
}

// The command of the first run that shows what is expected, else of the first one.
inline std::string command_of(const CellReport& cell) {
  for (const SuiteRun& run : cell.runs) {
    if (!run.outcome.command.empty()) return run.outcome.command;
  }
  return "";
}

}  // namespace assay::reports
