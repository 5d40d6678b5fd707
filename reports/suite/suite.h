// What came of a suite of experiments, as one table: claim, what was expected, what was measured, the evidence, and the
// command that repeats it. In three notations: Markdown (docs/claims.md), a page like that of a run, JSON for machines.
//
// The Markdown of a simulated suite is the same in every run: no time of day, no wall time.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "harness/core/experiment.h"

namespace assay::reports {

std::string claims_markdown(const SuiteReport& suite);
std::string suite_html(const SuiteReport& suite);
std::string suite_json(const SuiteReport& suite);
// For a terminal: a line for each run, and what was not as expected.
std::string experiment_text(const ExperimentReport& report);

// "as claimed", "refuted as stated", "NOT as expected".
std::string result_text(const ExperimentReport& report);

}  // namespace assay::reports
