// Which hosts of a file a plan runs on, and what is asked of them: the same for every kind of database.
//
// Thread safety: plain functions. Errors: InputError when the file has fewer hosts than the plan has nodes; HarnessError when the
// agent's program is missing.
#pragma once

#include <string>

#include "harness/cluster/deployment.h"
#include "harness/core/plan.h"

namespace assay::cluster {

// The first `plan.nodes` hosts of the file.
HostsFile first_hosts(const std::string& hosts_file, const Plan& plan);

// Disks that lose power only for faults that need one, as they cost a loop device each; a layer under the data only for faults of
// chosen files, as every call then takes longer; clocks that can be moved only for faults
// that move them, as every look at such a clock costs seven times as much.
ClusterOptions cluster_options(const Plan& plan);

}  // namespace assay::cluster
