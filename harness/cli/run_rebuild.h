// A run that is over, from its folder. Whatever is missing or broken there becomes the result's harness_error: there is a report of
// any run.
//
// Errors: InputError when there is no such folder.
#pragma once

#include <string>

#include "harness/core/run_result.h"

namespace assay::cli {

// Judged and measured again from its history.
RunResult rebuild_run(const std::string& folder);

// As its results.json has it, with its history.
RunResult recorded_run(const std::string& folder);

}  // namespace assay::cli
