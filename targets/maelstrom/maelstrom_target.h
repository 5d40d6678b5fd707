// Programs that speak Maelstrom's protocol as nodes of a database: started here, joined by a network of this program's, with
// Maelstrom's services in it. Nodes are real processes, so runs are not repeated byte for byte; what the network draws comes from
// the seed.
//
// Thread safety and errors as harness/core/target.h says: a node that does not start, does not answer "init", or does not keep to
// the protocol is a HarnessError.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/target.h"
#include "harness/core/target_plugin.h"

namespace assay::maelstrom {

std::vector<ModeInfo> modes();

// Throws InputError for what can't be.
std::unique_ptr<Target> make_target(const Plan& plan, const std::string& hosts_file);

}  // namespace assay::maelstrom
