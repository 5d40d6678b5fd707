// Figures of a gate that are kept: a JSON file for later comparison, or one line of a .jsonl for each commit. They are of another
// time and perhaps another machine: what differs is told, and is a regression only beyond a wide margin.
//
// Thread safety: none (files). Errors: InputError naming the file, HarnessError when it can't be written.
#pragma once

#include <string>
#include <vector>

#include "harness/core/gate.h"

namespace assay::cli {

struct StoredFigures {
  std::string label;  // of the commit
  std::string created_utc;
  std::string target;  // "refdb raft, register, closed loop"
  std::string host;
  // Medians over the blocks; negative: not measured.
  double throughput = -1, p50 = -1, p99 = -1;

  double value(GatedMetric metric) const { return figure_of(*this, metric); }
};

// Those of the candidate.
StoredFigures figures_of(const GateReport& report, const std::string& label);

// Replaces the file, or appends to it when its name ends in .jsonl.
void save_figures(const std::string& path, const StoredFigures& figures);
// The last ones of a .jsonl.
StoredFigures read_figures(const std::string& path);
std::vector<StoredFigures> read_series(const std::string& path);

// `margin` 0: only told.
std::vector<StoredComparison> compare_stored(const StoredFigures& stored, const StoredFigures& now,
                                             double margin);

// The commit, where the CI system tells it.
std::string label_from_environment();

}  // namespace assay::cli
