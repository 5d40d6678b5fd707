#include "harness/cluster/agent/disk.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

// <linux/ext4.h> isn't installed for programs; the numbers are part of the kernel's interface.
constexpr unsigned long kExt4Shutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kNoLogFlush = 2;

constexpr int kLoopMajor = 7;

Descriptor open_loop_device(int number) {
  const std::string path = "/dev/loop" + std::to_string(number);
  // In containers /dev is a plain folder without the new device's node.
  if (!path_exists(path)) ::mknod(path.c_str(), S_IFBLK | 0600, makedev(kLoopMajor, number));
  return Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
}

// A free loop device, attached to the image. It detaches itself after the last close or unmount.
Descriptor attach(const std::string& image, std::string& device) {
  const Descriptor control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control.valid()) throw_errno("can't open /dev/loop-control");
  const Descriptor file(::open(image.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid()) throw_errno("can't open " + image);
  // Others on this machine look for a free device at the same moment: whoever loses tries the next.
  for (int attempt = 0; attempt < 200; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) throw_errno("no free loop device");
    Descriptor loop = open_loop_device(number);
    if (!loop.valid()) throw_errno("can't open /dev/loop" + std::to_string(number));
    loop_config configuration{};
    configuration.fd = static_cast<std::uint32_t>(file.get());
    configuration.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    std::strncpy(reinterpret_cast<char*>(configuration.info.lo_file_name), image.c_str(), LO_NAME_SIZE - 1);
    if (::ioctl(loop.get(), LOOP_CONFIGURE, &configuration) == 0) {
      device = "/dev/loop" + std::to_string(number);
      return loop;
    }
    if (errno != EBUSY) throw_errno("can't attach " + image + " to a loop device");
    pause_milliseconds(2);
  }
  throw AgentError("no free loop device after 200 attempts");
}

std::string marker_path(const std::string& mount_point, const char* kind) {
  return mount_point + "/assay-marker-" + kind;
}

}  // namespace

std::string disk_unavailable() {
  if (::geteuid() != 0) return "losing un-synced writes needs root on the host (or \"sudo\": true)";
  if (in_user_namespace())
    return "root of a user namespace can't have loop devices, which disks that lose power or fail are made "
           "of";
  if (!path_exists("/dev/loop-control")) return "the host has no loop devices (/dev/loop-control)";
  if (run_command({"mkfs.ext4", "-V"}).exit_status == 127) {
    return "the program mkfs.ext4 (package e2fsprogs) is missing on the host";
  }
  return {};
}

void make_disk(const std::string& image, const std::string& mount_point, std::int64_t size_bytes) {
  ::unlink(image.c_str());
  {
    const Descriptor file(::open(image.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid() || ::ftruncate(file.get(), size_bytes) != 0) throw_errno("can't make " + image);
  }
  const CommandOutcome outcome = run_command({"mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=16", "-E",
                                              "lazy_itable_init=1,nodiscard,packed_meta_blocks=1", image});
  if (outcome.exit_status != 0) throw AgentError("mkfs.ext4 failed: " + outcome.output);
  make_folders(mount_point);
  mount_disk(image, mount_point);
}

void mount_disk(const std::string& image, const std::string& mount_point) {
  std::string device;
  const Descriptor loop = attach(image, device);
  if (::mount(device.c_str(), mount_point.c_str(), "ext4", MS_NOATIME, "errors=remount-ro") != 0) {
    throw_errno("can't mount " + image + " (" + device + ") at " + mount_point);
  }
}

bool is_mounted(const std::string& mount_point) {
  std::istringstream lines(read_whole_file("/proc/self/mounts"));
  std::string device;
  std::string point;
  std::string rest;
  while (lines >> device >> point && std::getline(lines, rest)) {
    if (point == mount_point) return true;
  }
  return false;
}

bool unmount(const std::string& mount_point) {
  for (int attempt = 0; attempt < 600; ++attempt) {
    if (::umount(mount_point.c_str()) == 0 || errno == EINVAL) return !is_mounted(mount_point);
    if (errno != EBUSY) return false;
    pause_milliseconds(5);
  }
  return false;
}

void cut_power(const std::string& mount_point) {
  const Descriptor folder(::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) throw_errno("can't open " + mount_point);
  std::uint32_t mode = kNoLogFlush;
  if (::ioctl(folder.get(), kExt4Shutdown, &mode) != 0) throw_errno("can't shut down " + mount_point);
}

void write_markers(const std::string& mount_point, const std::string& token) {
  const std::string synced = marker_path(mount_point, "synced");
  const std::string unsynced = marker_path(mount_point, "unsynced");
  ::unlink(unsynced.c_str());
  if (!write_whole_file(synced, token)) throw_errno("can't write " + synced);
  const Descriptor file(::open(synced.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor folder(::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0 || !folder.valid() || ::fsync(folder.get()) != 0) {
    throw_errno("can't sync " + synced);
  }
  if (!write_whole_file(unsynced, token)) throw_errno("can't write " + unsynced);
}

Markers read_markers(const std::string& mount_point, const std::string& token) {
  return {.synced_kept = read_whole_file(marker_path(mount_point, "synced")) == token,
          .unsynced_lost = read_whole_file(marker_path(mount_point, "unsynced")) != token};
}

}  // namespace assay::agent
