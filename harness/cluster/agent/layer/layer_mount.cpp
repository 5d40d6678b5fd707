#include "harness/cluster/agent/layer/layer_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "harness/cluster/agent/system.h"

namespace assay::agent {

std::string layer_unavailable() {
  const Descriptor device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (!device.valid()) return std::string("the host's /dev/fuse can't be used: ") + std::strerror(errno);
  if (::geteuid() != 0) return "a layer under the data needs root on the host (or \"sudo\": true)";
  return {};
}

bool layer_is_mounted(const std::string& mount_point) {
  std::istringstream lines(read_whole_file("/proc/self/mounts"));
  std::string device, point, type, rest;
  while (lines >> device >> point >> type && std::getline(lines, rest)) {
    if (point == mount_point && type == kLayerType) return true;
  }
  return false;
}

bool abort_layer(const std::string& mount_point) {
  if (!layer_is_mounted(mount_point)) return true;
  // Forced, FUSE gives up its connection first, and says that the mount is busy only then.
  return ::umount2(mount_point.c_str(), MNT_FORCE) == 0 || errno == EBUSY;
}

bool detach_layer(const std::string& mount_point) {
  if (!layer_is_mounted(mount_point)) return true;
  ::umount2(mount_point.c_str(), MNT_FORCE | MNT_DETACH);
  return !layer_is_mounted(mount_point);
}

}  // namespace assay::agent
