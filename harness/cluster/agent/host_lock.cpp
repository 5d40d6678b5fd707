#include "harness/cluster/agent/host_lock.h"

#include <fcntl.h>
#include <sys/file.h>

namespace assay::agent {

Descriptor take_host_lock(const std::string& home, int patience_milliseconds) {
  make_folders(home + "/agent");
  const std::string path = home + "/agent/lock";
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) throw_errno("can't open " + path);
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{patience_milliseconds} * 1'000'000;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (monotonic_nanos() > deadline) throw AgentError("another run is using this host");
    pause_milliseconds(20);
  }
  return lock;
}

}  // namespace assay::agent
