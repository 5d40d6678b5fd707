// Every trial there is. The table is generated from the file names of this folder (see CMakeLists.txt).
#pragma once

#include <span>

#include "harness/core/trial.h"

namespace assay::trials {

std::span<const TrialPlugin* const> all_plugins();

}  // namespace assay::trials
