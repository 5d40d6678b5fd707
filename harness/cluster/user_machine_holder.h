// The process that holds a user's machine (user_machine.h): makes the namespaces and what must be mounted in them, and stays.
//
// Thread safety: none; requires a program without threads. Errors: HarnessError with one sentence that says what to install or write.
#pragma once

#include <sys/types.h>

#include <string>

#include "harness/cluster/agent/system.h"

namespace assay::cluster {

struct MachineHolder {
  pid_t pid = -1;
  // While anybody has this open the machine lives; not valid: it lives until it is killed.
  agent::Descriptor life;
};

// `folder`: what is seen as /run/assay inside; empty: a folder in memory.
MachineHolder hold_user_machine(const std::string& folder, bool lasting);

}  // namespace assay::cluster
