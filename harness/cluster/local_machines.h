// Virtual machines as local hosts: each runs Debian's cloud kernel under qemu (KVM where it can be used, else emulation) with a
// clock, a network stack and disks of its own, in the network namespace that local hosts have anyway. The file tree is made once, from
// Debian's packages by the sources of this machine, and kept in /var/cache/assay; each machine writes to an overlay that is removed
// with it.
//
// Thread safety: different machines from different threads. Errors: HarnessError. Needs root.
#pragma once

#include <string>

#include "harness/cluster/local_network.h"

namespace assay::cluster {

// Why there can't be virtual machines here (one sentence that says what is needed), or an empty string.
std::string machines_unavailable();

// Makes the file tree unless it is there: one to three minutes, and some 120 MB from the package registry.
void make_machine_tree();

// Boots machine `number`, which finds the files of `configuration` in /etc/assay. Returns before it answers. Its console is in
// console_log(). Requires: make_machine_tree(); the namespace with its eth0 exists.
void start_machine(const LocalLayout& layout, int number, const std::string& configuration);
std::string console_log(const LocalLayout& layout, int number);

}  // namespace assay::cluster
