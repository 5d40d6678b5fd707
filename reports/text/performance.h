// How the load was offered and whether the figures can be trusted, for people: a few lines, and the table of a rate sweep.
// Empty when nothing was measured.
#pragma once

#include <string>

#include "harness/core/run_result.h"

namespace assay::reports {

std::string load_text(const RunResult& run);
std::string sweep_text(const RunResult& run);

}  // namespace assay::reports
