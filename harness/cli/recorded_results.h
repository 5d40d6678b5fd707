// What only the results.json of a run folder tells about its run, for those who judge its history again: the host, the version
// of the database, what it counted, how long it took, and whether it came to its end.
//
// Errors: a file that is missing or broken leaves the result as interrupted: the harness never wrote its verdict.
// Thread safety: plain function.
#pragma once

#include <string>

#include "harness/core/run_result.h"

namespace assay::cli {

void read_recorded_results(const std::string& path, RunResult& result);

}  // namespace assay::cli
