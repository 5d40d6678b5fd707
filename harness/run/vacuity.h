// Did the run test anything? A green run in which nothing succeeded, nothing was concurrent, or a fault that
// was asked for never took effect proves nothing: its verdict is unknown, with the reasons found here.
#pragma once

#include <string>
#include <vector>

#include "harness/core/run_result.h"

namespace assay {

// `wanted_faults`: plug-in names that the plan asked for. Complexity: O(operations + windows).
Vacuity judge_vacuity(const History& history, const std::vector<FaultWindowSummary>& windows,
                      const std::vector<std::string>& wanted_faults);

}  // namespace assay
