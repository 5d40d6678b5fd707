// Every fault there is. The table is generated from the file names of this folder (see CMakeLists.txt).
#pragma once

#include <span>

#include "harness/core/fault.h"

namespace assay::nemesis {

std::span<const FaultPlugin* const> all_plugins();

}  // namespace assay::nemesis
