#include "harness/cli/run_hosts.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "harness/cluster/user_machine.h"
#include "harness/core/error.h"

namespace assay::cli {

namespace {

// One program at a time: a second one would take the first one's hosts down. The kernel gives the lock back when this program
// ends, however it ends.
void claim_machine() {
  static int lock = -1;
  if (lock >= 0) return;
  const std::string folder = cluster::local_hosts_folder();
  std::filesystem::create_directories(folder);
  lock = ::open((folder + "/local-run.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0) return;
  if (lock >= 0) ::close(lock);
  lock = -1;
  throw HarnessError(
      "another run with --cluster local is under way on this machine; wait for it, or bring up hosts "
      "of your own with: assay cluster up");
}

}  // namespace

RunHosts::RunHosts(const Plan& plan, const std::string& instance) {
  if (plan.cluster == "sim") return;
  if (plan.cluster != "local") {
    file_ = plan.cluster;
    return;
  }
  if (const std::string reason = cluster::LocalHosts::unavailable(); !reason.empty())
    throw InputError(reason);
  claim_machine();
  cluster::LocalOptions options;
  options.instance = instance;
  options.subnet = 78;
  options.subnet = cluster::LocalHosts::free_subnet(options);
  hosts_ = std::make_unique<cluster::LocalHosts>(options);
  file_ = hosts_->up(plan.nodes);
}

RunHosts::~RunHosts() {
  if (hosts_ == nullptr) return;
  try {
    hosts_->down();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "assay: local hosts could not be taken down: %s\n", error.what());
  }
}

}  // namespace assay::cli
