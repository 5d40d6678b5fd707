// What a local instance consists of on this machine, found by name: namespaces, interfaces, processes, mounts.
// Shared by bringing up, taking down and looking.
//
// Thread safety: none. Errors: HarnessError.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "harness/cluster/local_hosts.h"

namespace assay::cluster {

// Names and places of an instance; nothing is created.
struct LocalLayout {
  explicit LocalLayout(const LocalOptions& options);

  std::string bridge;            // "assay-local"
  std::string namespace_prefix;  // "assay-local-"
  std::string folder;            // "/var/lib/assay/local/local"; see local_hosts_folder()
  std::string trees;             // folder + "/trees": a tmpfs with the hosts' files
  std::string hosts_file;
  std::vector<std::string> subnet_prefixes;  // "10.77.0.", "fd55:a55a:77::", or both; the first is used

  std::string host_name(int number) const { return "n" + std::to_string(number); }
  std::string namespace_name(int number) const { return namespace_prefix + host_name(number); }
  // A veth's end on the bridge: at most 15 characters.
  std::string interface_name(int number) const { return bridge + "-" + std::to_string(number); }
  std::string address(int number) const { return addresses(number).front(); }
  // Of each kind one.
  std::vector<std::string> addresses(int number) const;
  std::vector<std::string> controller_addresses() const { return addresses(254 - 10); }
  // What a host sees as /var/lib/assay.
  std::string data_folder(int number, bool on_disk) const {
    return on_disk ? host_folder(number) + "/data" : trees + "/" + host_name(number) + "/data";
  }
  std::string host_folder(int number) const { return folder + "/" + host_name(number); }
};

// Network namespaces of this instance, by name, sorted.
std::vector<std::string> namespaces_of(const LocalLayout& layout);
// Interfaces of this machine that belong to this instance.
std::vector<std::string> interfaces_of(const LocalLayout& layout);
// Every process that lives in that network namespace.
std::vector<pid_t> processes_in_namespace(const std::string& name);
// Mount points at or below the folder, deepest first.
std::vector<std::string> mounts_below(const std::string& folder);

// So many hosts have more neighbours together than the kernel remembers for all namespaces at once: its limits are raised as far as
// is needed, and what they were is noted in the instance's folder.
void raise_neighbour_limits(const LocalLayout& layout, int count);
// To what was noted, unless somebody else changed them since.
void restore_neighbour_limits(const LocalLayout& layout);

// Kills every process in the namespace and waits until none is left. How many there were.
int kill_namespace(const std::string& name);

}  // namespace assay::cluster
