// Which faults, when, for how long: drawn from the seed before the run begins, or scheduled to the moment.
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
  int weight = 1;  // among the others
};

// "partition-leader".
std::string fault_name(const FaultChoice& choice);

struct PlannedFault {
  FaultChoice choice;
  Nanos at = 0;         // from the start of the main phase, or from when its trigger fired
  Nanos duration = 0;   // from when it is in force
  bool exact = false;   // from a schedule: may be in force together with others of its resource that may, too
  std::string trigger;  // empty: begins at `at`
  std::string draw;     // as in ScheduledFault
  Facts seen;           // as in ScheduledFault
  std::size_t line = 0;  // in the schedule, from 1; 0: drawn
};

// Resolves the names of --nemesis, each perhaps with a weight ("kill=3"). Throws InputError that says what would be accepted.
std::vector<FaultChoice> resolve_faults(const std::vector<std::string>& names,
                                        std::span<const FaultPlugin* const> plugins);

// Resolves plan.schedule, in order of `at`. Throws InputError: no such fault or trigger, a window that is empty or goes
// beyond the main phase, or that overlaps another one of a resource that bears only one fault at a time. Windows that wait
// for each other may overlap, and of those with a trigger nobody knows.
std::vector<PlannedFault> resolve_schedule(const Plan& plan, std::span<const FaultPlugin* const> plugins);

// Draws the schedule. Every choice occurs at least once (unless quiet periods leave no room), afterwards as often as its
// weight says; windows of one resource never overlap, windows of different resources may; none touches a quiet period; the
// last ends before the main phase does. In order of `at`. Requires: choices not empty, plan.time_limit > 0.
std::vector<PlannedFault> draw_nemesis_plan(const std::vector<FaultChoice>& choices, const Plan& plan,
                                            Rng rng);

// As a plan tells it: what NemesisDriver was given, or carried out.
ScheduledFault scheduled_fault(const PlannedFault& planned);

// Both together, in order of `at`. Of the drawn windows those go that would hold up an exact one.
std::vector<PlannedFault> merge_nemesis_plans(const std::vector<PlannedFault>& drawn,
                                              std::vector<PlannedFault> scheduled);

}  // namespace assay
