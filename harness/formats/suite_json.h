// Suites as JSON files (suites/*.json): matrices of plans with what must come out (docs/suites.md describes every field), and the
// lines in which finished runs are kept. Comments are allowed.
//
// Errors: InputError with one sentence that names the file and the field. Whether targets, workloads and checkers exist is for the
// caller to say. Thread safety: plain functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/suite.h"

namespace assay::formats {

// `name` stands for the file in messages.
SuitePlan parse_suite(std::string_view text, const std::string& name);
SuitePlan read_suite(const std::string& path);

// Whether a file is a suite: it has a field "suite". Throws InputError when it can't be read or is no JSON.
bool is_suite(const std::string& path);

// Of everything that a run depends on, but the seed.
std::uint64_t plan_digest(const Plan& plan);

// One line with its end; and back: nothing for what is no such line, as one that a crash has cut off.
std::string suite_run_line(const SuiteRun& run);
std::optional<SuiteRun> parse_suite_run(std::string_view line);

}  // namespace assay::formats
