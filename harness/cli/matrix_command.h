// assay run SUITE.json, assay merge DIR...: a suite from its file to its reports.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "harness/cli/suite_command.h"

namespace assay::cli {

// Whether these are one suite. Throws InputError when a suite is one of several files.
bool is_one_suite(const std::vector<std::string>& paths);

// The exit code.
int run_matrix(const SuiteRequest& request, const SuiteFlags& flags);

}  // namespace assay::cli
