// Every reporter there is. The table is generated from the file names of this folder (see CMakeLists.txt).
#pragma once

#include <span>

#include "harness/core/reporter.h"

namespace assay::reports {

std::span<const ReporterPlugin* const> all_plugins();

}  // namespace assay::reports
