// A run on one screen of a terminal, 100 characters wide: what the command line prints at the end of a run and
// what summary.txt keeps. Plain UTF-8 without colours; control characters in values are made harmless.
#pragma once

#include <string>

#include "harness/core/run_result.h"

namespace assay::reports {

std::string summary_text(const RunResult& run);

}  // namespace assay::reports
