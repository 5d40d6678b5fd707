// Exact fault windows as people write them: "5s kill-leader 3s; 12s partition-leader 4s" is a fault that is injected five
// seconds into the main phase and stays in force for three, and another one. What format_schedule() gives,
// parse_schedule() reads back exactly. Errors: nullopt; the caller knows what to say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/plan.h"

namespace assay {

std::optional<std::vector<ScheduledFault>> parse_schedule(std::string_view text);
std::string format_schedule(const std::vector<ScheduledFault>& schedule);

// The names of all faults that a plan asks for, drawn and scheduled.
std::vector<std::string> fault_names(const Plan& plan);

}  // namespace assay
