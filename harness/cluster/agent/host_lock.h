// One agent a host: a lock file that an agent and its guardian hold as long as either lives.
//
// Errors: AgentError when another holds it for longer than the patience.
#pragma once

#include <string>

#include "harness/cluster/agent/system.h"

namespace assay::agent {

// Waits for an earlier agent's guardian, which takes at most its timeout and a bit. The lock is held until the
// descriptor (and every copy in a forked process) is closed.
Descriptor take_host_lock(const std::string& home, int patience_milliseconds);

}  // namespace assay::agent
