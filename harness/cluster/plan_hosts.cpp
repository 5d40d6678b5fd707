#include "harness/cluster/plan_hosts.h"

#include "harness/core/error.h"
#include "harness/core/schedule.h"

namespace assay::cluster {

HostsFile first_hosts(const std::string& hosts_file, const Plan& plan) {
  HostsFile hosts = read_hosts_file(hosts_file);
  const auto wanted = static_cast<std::size_t>(plan.nodes);
  if (hosts.hosts.size() < wanted) {
    throw InputError("--nodes " + std::to_string(plan.nodes) + ": " + hosts_file + " has only " +
                     std::to_string(hosts.hosts.size()) + " hosts");
  }
  hosts.hosts.resize(wanted);
  return hosts;
}

ClusterOptions cluster_options(const Plan& plan) {
  ClusterOptions options;
  options.agent_binary = find_agent_binary();
  options.clocks = false;
  for (const std::string& fault : fault_names(plan)) {
    for (const char* of_disks : {"kill", "wipe", "disk", "damage", "membership"}) {
      if (fault.starts_with(of_disks)) options.power_loss = true;
    }
    for (const char* of_files : {"-log", "-data", "-snapshot"}) {
      if (fault.starts_with("disk-") && fault.find(of_files) != std::string::npos) options.file_layer = true;
    }
    if (fault.starts_with("clock")) options.clocks = true;
  }
  return options;
}

}  // namespace assay::cluster
