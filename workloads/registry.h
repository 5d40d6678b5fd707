// Every workload there is. The table is generated from the file names of this folder (see CMakeLists.txt).
#pragma once

#include <span>

#include "harness/core/workload.h"

namespace assay::workloads {

std::span<const WorkloadPlugin* const> all_plugins();

}  // namespace assay::workloads
