// A database that a file describes, deployed to hosts over SSH: packages and files installed, configurations written, started and
// hurt like every other target. Its clients are programs of this machine (client_program.h).
//
// Thread safety and errors as harness/core/target.h says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/target.h"
#include "harness/core/target_plugin.h"

namespace assay::described {

std::vector<ModeInfo> modes();

// Throws InputError for what can't be, HarnessError for hosts that can't be reached.
std::unique_ptr<Target> make_target(const Plan& plan, const std::string& hosts_file);

}  // namespace assay::described
