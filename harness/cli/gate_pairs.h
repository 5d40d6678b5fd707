// The pairs of blocks that a gate measured of two runs, when both are sides of that gate: what their comparison must rest on.
//
// Thread safety: reads files. Errors: none; whatever is missing or can't be read, there are no pairs.
#pragma once

#include <optional>
#include <string>

#include "harness/core/gate.h"
#include "harness/core/run_result.h"

namespace assay::cli {

// As measured, for the page of the candidate.
GatedComparison comparison_of(const GateReport& report);

// Of two run folders, from the gate.json beside them; decided anew, with `folder` as the candidate. Nothing when they are no two
// sides of one gate.
std::optional<GatedComparison> gated_comparison(const std::string& folder, const std::string& baseline);

// The candidate's page once more, with the comparison.
void write_compared_page(const RunResult& run, const std::string& folder, const RunResult& baseline,
                         const std::string& baseline_name, std::optional<GatedComparison> gated);

}  // namespace assay::cli
