// Every target there is. The table is generated from the folder names (see CMakeLists.txt).
#pragma once

#include <span>

#include "harness/core/target_plugin.h"

namespace assay::targets {

std::span<const TargetPlugin* const> all_plugins();

}  // namespace assay::targets
