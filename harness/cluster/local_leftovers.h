// What local hosts leave in this machine's kernel when they die in the middle of a fault, agent and guardian among them: groups of
// processes (cgroups), and frozen file systems, whose writers can't even be killed. The names of groups have the number of the
// host's mount namespace in them (agent/groups.h), which is written down while the host lives.
//
// Thread safety: none. Errors: none; what can't be looked at is left out.
#pragma once

#include <string>
#include <vector>

#include "harness/cluster/local_network.h"

namespace assay::cluster {

// Requires: the hosts' first processes live.
void note_mount_spaces(const LocalLayout& layout, int count);
// Before the hosts' processes are killed: nothing is frozen any more.
void let_everything_go(const LocalLayout& layout);
// Folders of the groups of this instance's hosts, sorted.
std::vector<std::string> groups_of(const LocalLayout& layout);
// Requires: the hosts' processes are dead. Groups and frozen disks that were removed, in words.
std::vector<std::string> remove_leftovers(const LocalLayout& layout);

}  // namespace assay::cluster
