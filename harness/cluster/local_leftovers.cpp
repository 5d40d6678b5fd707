#include "harness/cluster/local_leftovers.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace assay::cluster {
namespace {

namespace fs = std::filesystem;

constexpr int kRemovalAttempts = 400;
constexpr int kRemovalPauseMilliseconds = 5;

fs::path note_of(const LocalLayout& layout, int number) {
  return fs::path(layout.host_folder(number)) / "mount_space";
}

// How the names of the hosts' groups begin.
std::vector<std::string> prefixes_of(const LocalLayout& layout) {
  std::vector<std::string> prefixes;
  std::error_code error;
  for (int number = 1; fs::exists(layout.host_folder(number), error); ++number) {
    std::string space;
    std::ifstream(note_of(layout, number)) >> space;
    if (!space.empty()) prefixes.push_back("assay-" + space + "-");
  }
  return prefixes;
}

// The hierarchies of groups that this machine sees. One that an agent mounted for itself stays in the kernel while there are
// groups in it, and is seen again when it is mounted.
class Hierarchies {
 public:
  explicit Hierarchies(const LocalLayout& layout) {
    std::ifstream mounts("/proc/self/mounts");
    std::set<std::string> options_seen;
    for (std::string line; std::getline(mounts, line);) {
      std::istringstream words(line);
      std::string device, point, kind, options;
      words >> device >> point >> kind >> options;
      if (kind != "cgroup" && kind != "cgroup2") continue;
      points_.push_back(point);
      std::istringstream each(options);
      for (std::string option; std::getline(each, option, ',');) options_seen.insert(option);
    }
    std::ifstream controllers("/proc/cgroups");
    for (std::string line; std::getline(controllers, line);) {
      std::istringstream words(line);
      std::string name;
      int hierarchy = 0, groups = 0;
      // Hierarchy 0 is that of version 2; a hierarchy with nothing but its root has nothing of ours.
      if (!(words >> name >> hierarchy >> groups) || hierarchy == 0 || groups < 2) continue;
      if (!options_seen.contains(name)) mount_for_a_look(layout, name);
    }
  }
  ~Hierarchies() {
    for (const std::string& point : mounted_) {
      ::umount(point.c_str());
      ::rmdir(point.c_str());
    }
  }
  Hierarchies(const Hierarchies&) = delete;
  Hierarchies& operator=(const Hierarchies&) = delete;

  std::vector<std::string> groups(const std::vector<std::string>& prefixes) const {
    std::vector<std::string> found;
    for (const std::string& point : points_) {
      std::error_code error;
      for (const auto& entry : fs::directory_iterator(point, error)) {
        const std::string name = entry.path().filename().string();
        if (std::any_of(prefixes.begin(), prefixes.end(),
                        [&](const std::string& prefix) { return name.starts_with(prefix); }))
          found.push_back(entry.path().string());
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  void mount_for_a_look(const LocalLayout& layout, const std::string& controller) {
    const std::string point = layout.folder + "/groups-" + controller;
    std::error_code error;
    fs::create_directories(point, error);
    if (error) return;
    if (::mount("assay", point.c_str(), "cgroup", 0, controller.c_str()) == 0) {
      points_.push_back(point);
      mounted_.push_back(point);
    } else {
      ::rmdir(point.c_str());
    }
  }

  std::vector<std::string> points_;
  std::vector<std::string> mounted_;
};

void write_if_there(const std::string& path, const std::string& text) {
  std::error_code error;
  if (fs::exists(path, error)) std::ofstream(path) << text;
}

// False when nothing there is frozen.
bool thaw(const std::string& folder) {
  const int open = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool thawed = open >= 0 && ::ioctl(open, FITHAW, 0) == 0;
  if (open >= 0) ::close(open);
  return thawed;
}

// Devices whose files are the hosts' disk images.
std::vector<std::string> loop_devices_of(const LocalLayout& layout) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> images;
  std::error_code error;
  for (int number = 1; fs::exists(layout.host_folder(number), error); ++number) {
    for (const bool on_disk : {false, true}) {
      struct stat image {};
      if (::stat((layout.data_folder(number, on_disk) + "/disk.img").c_str(), &image) == 0)
        images.emplace(image.st_dev, image.st_ino);
    }
  }
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/sys/block", error)) {
    const std::string name = entry.path().filename().string();
    std::error_code missing;
    if (!name.starts_with("loop") || !fs::exists(entry.path() / "loop", missing)) continue;
    const int device = ::open(("/dev/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    loop_info64 info{};
    if (device >= 0 && ::ioctl(device, LOOP_GET_STATUS64, &info) == 0 &&
        images.contains({info.lo_device, info.lo_inode}))
      found.push_back("/dev/" + name);
    if (device >= 0) ::close(device);
  }
  return found;
}

// A frozen file system outlives its last mount; another one reaches it.
bool thaw_device(const LocalLayout& layout, const std::string& device) {
  const std::string point = layout.folder + "/frozen";
  std::error_code error;
  fs::create_directories(point, error);
  if (error || ::mount(device.c_str(), point.c_str(), "ext4", 0, nullptr) != 0) return false;
  const bool thawed = thaw(point);
  ::umount(point.c_str());
  return thawed;
}

}  // namespace

void note_mount_spaces(const LocalLayout& layout, int count) {
  for (int number = 1; number <= count; ++number) {
    std::string first;
    std::ifstream(layout.host_folder(number) + "/pid") >> first;
    std::error_code error;
    std::string space = fs::read_symlink("/proc/" + first + "/ns/mnt", error).string();
    std::erase_if(space, [](char c) { return c < '0' || c > '9'; });
    std::ofstream(note_of(layout, number)) << space << "\n";
  }
}

void let_everything_go(const LocalLayout& layout) {
  for (const std::string& folder : groups_of(layout)) {
    write_if_there(folder + "/freezer.state", "THAWED");
    write_if_there(folder + "/cgroup.freeze", "0");
  }
  for (const std::string& name : namespaces_of(layout)) {
    // Through whichever process still has its file tree.
    for (const pid_t pid : processes_in_namespace(name))
      thaw("/proc/" + std::to_string(pid) + "/root/var/lib/assay/disk");
  }
}

std::vector<std::string> groups_of(const LocalLayout& layout) {
  const std::vector<std::string> prefixes = prefixes_of(layout);
  return prefixes.empty() ? std::vector<std::string>() : Hierarchies(layout).groups(prefixes);
}

std::vector<std::string> remove_leftovers(const LocalLayout& layout) {
  const std::vector<std::string> prefixes = prefixes_of(layout);
  std::vector<std::string> removed;
  for (const std::string& device : loop_devices_of(layout)) {
    if (thaw_device(layout, device)) removed.push_back("frozen disk " + device);
  }
  if (prefixes.empty()) return removed;
  const Hierarchies hierarchies(layout);
  for (const std::string& folder : hierarchies.groups(prefixes)) {
    // A process that was killed leaves its group a moment later.
    for (int attempt = 0; attempt < kRemovalAttempts; ++attempt) {
      if (::rmdir(folder.c_str()) == 0) {
        removed.push_back("group " + folder);
        break;
      }
      if (errno != EBUSY) break;
      ::poll(nullptr, 0, kRemovalPauseMilliseconds);
    }
  }
  return removed;
}

}  // namespace assay::cluster
