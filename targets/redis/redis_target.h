// Redis as a target: one server, started over SSH on a host where redis-server is installed, or one that runs already.
//
// Thread safety and errors as harness/core/target.h says.
#pragma once

#include <memory>
#include <string>

#include "harness/core/target.h"
#include "harness/core/target_plugin.h"

namespace assay::redis {

std::vector<ModeInfo> modes();

// Throws InputError for what can't be, HarnessError for hosts that can't be reached.
std::unique_ptr<Target> make_target(const Plan& plan, const std::string& hosts_file);

}  // namespace assay::redis
