// Every checker there is. The table is generated from the file names of this folder (see CMakeLists.txt).
#pragma once

#include <span>

#include "harness/core/checker.h"

namespace assay::checkers {

std::span<const CheckerPlugin* const> all_plugins();

}  // namespace assay::checkers
