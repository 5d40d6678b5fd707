// From a plan to a simulated cluster of refdb: the entry point for the command line.
#pragma once

#include <memory>

#include "harness/core/plan.h"
#include "harness/core/target.h"

namespace assay::refdb {

// Uses plan.mode, nodes, seed, bugs and options (those of the mode and those of sim_options.h). The cluster is not started
// yet. Throws InputError when the plan asks for a mode, bug or option that does not exist, naming what does.
std::unique_ptr<Target> make_simulated(const Plan& plan);

}  // namespace assay::refdb
