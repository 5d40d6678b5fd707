// Hosts that live as long as one run: brought up for --cluster local, a hosts file is passed on, a simulation has none.
//
// Only one program at a time has such hosts on a machine, because another would take them down; within the program each set has
// an instance name of its own. Who isn't root has entered a machine of their own before (machine_entry.h). Thread safety: none. Errors: InputError when local hosts can't work here, HarnessError.
#pragma once

#include <memory>
#include <string>

#include "harness/cluster/local_hosts.h"
#include "harness/core/plan.h"

namespace assay::cli {

class RunHosts {
 public:
  RunHosts(const Plan& plan, const std::string& instance);
  ~RunHosts();
  RunHosts(const RunHosts&) = delete;
  RunHosts& operator=(const RunHosts&) = delete;

  // The hosts file; empty in simulation.
  const std::string& file() const { return file_; }

 private:
  std::unique_ptr<cluster::LocalHosts> hosts_;
  std::string file_;
};

}  // namespace assay::cli
