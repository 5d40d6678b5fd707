// What hosts are and have, before anything is run on them: `assay cluster doctor`. Nothing on a host is changed but for the agent
// in its data folder, which first undoes what an earlier run left, as at the beginning of every run; data of nodes is not touched.
//
// Thread safety: diagnose() uses a thread for each host. Errors: none; what is wrong with a host is in its diagnosis.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/cluster/deployment.h"

namespace assay::cluster {

struct Diagnosis {
  std::string name;
  std::string address;
  std::string trouble;  // why it can't be used, in one sentence; what follows says nothing then
  std::string system;   // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;
  std::string virtualization;  // "kvm", "docker", "none"; empty: can't be told
  bool root = false;
  std::int64_t processors = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t disk_free_bytes = 0;  // below the data folder
  Nanos round_trip = 0;
  Nanos clock_offset = 0;       // from this machine's clock
  Nanos clock_uncertainty = 0;  // of that
  std::string clock_means;      // how its clock is moved, or why it can't be
  std::vector<std::string> missing_tools;
  std::unique_ptr<Cluster> cluster;  // of this host alone; null with trouble
};

// By the order of the file.
std::vector<Diagnosis> diagnose(const HostsFile& hosts, const ClusterOptions& options);

}  // namespace assay::cluster
