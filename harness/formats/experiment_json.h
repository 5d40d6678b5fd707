// Experiments as JSON files (experiments/*.json): a claim, and the runs that must come out as told. docs/experiments.md
// describes every field. Comments are allowed.
//
// Errors: InputError with one sentence that names the file, the run and the field; an unknown field is refused with the
// names that are accepted. Whether targets, workloads, trials and checkers exist is for the caller to say. Thread safety:
// plain functions.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/experiment.h"

namespace assay::formats {

// `name` stands for the file in messages.
Experiment parse_experiment(std::string_view text, const std::string& name);
Experiment read_experiment(const std::string& path);

// Whether a file is an experiment with runs, rather than a plan: it has a field "claim" or "runs". Throws InputError when it can't be
// read or is no JSON.
bool is_experiment(const std::string& path);

}  // namespace assay::formats
