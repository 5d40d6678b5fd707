// refdb on real hosts: the server program is uploaded over SSH, configured and started on each; clients connect over TCP
// from the loop's own thread.
//
// Thread safety: as harness/core/target.h says. Errors: HarnessError names the host.
#pragma once

#include <memory>

#include "harness/core/target.h"
#include "harness/core/target_plugin.h"

namespace assay::refdb {

// Connects to the hosts. Throws InputError (hosts file, number of nodes) and HarnessError.
std::unique_ptr<Target> make_deployed(const Plan& plan, const std::string& hosts_file);

}  // namespace assay::refdb
