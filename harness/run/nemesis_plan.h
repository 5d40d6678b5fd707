// Which faults, when, for how long: drawn from the seed before the run begins.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/core/fault.h"
#include "harness/core/plan.h"

namespace assay {

// One entry of --nemesis, resolved: "partition-leader" is plug-in "partition", variant "leader".
struct FaultChoice {
  const FaultPlugin* plugin = nullptr;
  std::string variant;
};

struct PlannedFault {
  FaultChoice choice;
  Nanos at = 0;        // from the start of the main phase
  Nanos duration = 0;  // from when it is in force
};

// Resolves the names of --nemesis. Throws InputError that says what would be accepted.
std::vector<FaultChoice> resolve_faults(const std::vector<std::string>& names,
                                        std::span<const FaultPlugin* const> plugins);

// Draws the schedule. Every choice occurs at least once; windows of one resource never overlap, windows of
// different resources may; the last ends before the main phase does. In order of `at`. Requires: choices not
// empty, plan.time_limit > 0.
std::vector<PlannedFault> draw_nemesis_plan(const std::vector<FaultChoice>& choices, const Plan& plan,
                                            Rng rng);

}  // namespace assay
