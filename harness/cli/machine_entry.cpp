#include "harness/cli/machine_entry.h"

#include <unistd.h>

#include <filesystem>

#include "harness/cluster/hosts_file.h"
#include "harness/cluster/user_machine.h"
#include "harness/core/error.h"

namespace assay::cli {

void enter_machine_of(const std::vector<std::string>& clusters) {
  bool local = false;
  std::string note, outside;
  for (const std::string& cluster : clusters) {
    if (cluster.empty() || cluster == "sim") continue;
    if (cluster == "local") {
      local = true;
    } else if (std::filesystem::exists(cluster)) {
      const std::string machine = cluster::read_hosts_file(cluster).machine;
      (machine.empty() ? outside : note) = machine.empty() ? cluster : machine;
    }
  }
  if (note.empty() && (!local || ::geteuid() == 0)) return;
  if (!outside.empty() && ::geteuid() != 0)
    throw InputError(
        "--cluster " + outside +
        ": local hosts without root have no way out of this machine, and can't be used beside others");
  try {
    if (!note.empty()) {
      cluster::enter_user_machine_of(note);
    } else {
      cluster::enter_user_machine(cluster::UserMachine::of_this_program);
    }
  } catch (const HarnessError& error) {
    throw InputError(error.what());
  }
}

}  // namespace assay::cli
