// Says whether the runs of an experiment came out as expected, and in words what was expected and what came.
//
// When fewer seeds were run than the experiment names, what it demands of totals and of how many seeds is lowered in
// proportion: one seed of forty is not demanded of three. On hosts, where one seed is all there is, it has to show it.
//
// Thread safety: pure functions. Errors: none; a seed that the harness failed on is an unmet expectation.
#pragma once

#include <string>
#include <vector>

#include "harness/core/experiment.h"
#include "harness/core/run_result.h"

namespace assay::experiments {

// What an experiment keeps of a run.
SeedOutcome summarize_run(const RunResult& run, const std::vector<MeasureExpectation>& measures);
SeedOutcome summarize_trial(std::uint64_t seed, const TrialResult& trial,
                            const std::vector<MeasureExpectation>& measures);

// Whether one seed alone shows what is expected of the verdict.
bool shows(const SeedOutcome& outcome, const VerdictExpectation& expectation);

// All that happened: for every run, for every point, the outcomes in order of seeds.
using Outcomes = std::vector<std::vector<std::vector<SeedOutcome>>>;

// `simulated`: bounds that only mean something in simulation count. A run without any outcome was left out and is not reported.
ExperimentReport judge(const Experiment& experiment, const Outcomes& outcomes, bool simulated);

}  // namespace assay::experiments
