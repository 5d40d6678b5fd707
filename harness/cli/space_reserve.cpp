#include "harness/cli/space_reserve.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace assay::cli {

namespace {

// Reports of 20,000 operations take less than half of it.
constexpr off_t kReserveBytes = off_t{4} << 20;

}  // namespace

SpaceReserve::SpaceReserve(const std::string& folder) : path_(folder + "/" + kReserveName) {
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool taken = file >= 0 && ::posix_fallocate(file, 0, kReserveBytes) == 0;
  if (file >= 0) ::close(file);
  if (!taken) release();
}

void SpaceReserve::release() {
  if (path_.empty()) return;
  ::unlink(std::exchange(path_, {}).c_str());
}

}  // namespace assay::cli
