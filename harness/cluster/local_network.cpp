#include "harness/cluster/local_network.h"

#include <dirent.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/cluster/ssh_state.h"
#include "harness/cluster/user_machine.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

constexpr Nanos kKillPatience = 10 * kSecond;

std::vector<std::string> names_in(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> names;
  DIR* handle = ::opendir(folder.c_str());
  if (handle == nullptr) return names;
  while (const dirent* entry = ::readdir(handle)) {
    const std::string name = entry->d_name;
    if (name.rfind(prefix, 0) == 0) names.push_back(name);
  }
  ::closedir(handle);
  std::sort(names.begin(), names.end());
  return names;
}

// /proc/self/mounts writes spaces and backslashes as octal numbers.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::strtol(text.substr(i + 1, 3).c_str(), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

LocalLayout::LocalLayout(const LocalOptions& options)
    : bridge("assay-" + options.instance),
      namespace_prefix(bridge + "-"),
      folder(local_hosts_folder() + "/local/" + options.instance),
      trees(folder + "/trees"),
      hosts_file(options.hosts_file.empty() ? folder + "/HOSTS.json" : options.hosts_file) {
  const std::string subnet = std::to_string(options.subnet);
  if (options.addresses != LocalAddresses::ipv6) subnet_prefixes.push_back("10." + subnet + ".0.");
  // As it is written when it is printed: a zero goes.
  if (options.addresses != LocalAddresses::ipv4)
    subnet_prefixes.push_back(options.subnet == 0 ? "fd55:a55a::" : "fd55:a55a:" + subnet + "::");
}

std::vector<std::string> LocalLayout::addresses(int number) const {
  std::vector<std::string> all;
  for (const std::string& prefix : subnet_prefixes) all.push_back(prefix + std::to_string(10 + number));
  return all;
}

std::vector<std::string> namespaces_of(const LocalLayout& layout) {
  return names_in("/run/netns", layout.namespace_prefix + "n");
}

std::vector<std::string> interfaces_of(const LocalLayout& layout) {
  // Not from /sys, which shows the network that it was mounted in.
  struct if_nameindex* all = ::if_nameindex();
  std::vector<std::string> own;
  for (const struct if_nameindex* one = all; one != nullptr && one->if_index != 0; ++one) {
    const std::string name = one->if_name;
    if (name == layout.bridge || name.rfind(layout.bridge + "-", 0) == 0) own.push_back(name);
  }
  if (all != nullptr) ::if_freenameindex(all);
  std::sort(own.begin(), own.end());
  return own;
}

std::vector<pid_t> processes_in_namespace(const std::string& name) {
  std::vector<pid_t> inside;
  struct stat wanted {};
  struct stat own {};
  if (::stat(("/run/netns/" + name).c_str(), &wanted) != 0) return inside;
  // A leftover name without a namespace behind it is a plain file; and never this machine's own namespace.
  if (::stat("/proc/self/ns/net", &own) != 0 || wanted.st_dev != own.st_dev || wanted.st_ino == own.st_ino) {
    return inside;
  }
  for (const std::string& entry : names_in("/proc", "")) {
    const int pid = std::atoi(entry.c_str());
    struct stat network {};
    if (pid <= 1 || ::stat(("/proc/" + entry + "/ns/net").c_str(), &network) != 0) continue;
    if (network.st_ino == wanted.st_ino && network.st_dev == wanted.st_dev) inside.push_back(pid);
  }
  return inside;
}

std::vector<std::string> mounts_below(const std::string& folder) {
  std::vector<std::string> found;
  std::ifstream lines("/proc/self/mounts");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device;
    std::string point;
    words >> device >> point;
    point = unescaped(point);
    if (point == folder || point.rfind(folder + "/", 0) == 0) found.push_back(point);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

int kill_namespace(const std::string& name) {
  const Nanos deadline = deadline_after(kKillPatience);
  int killed = 0;
  while (true) {
    const std::vector<pid_t> inside = processes_in_namespace(name);
    if (inside.empty()) return killed;
    killed = std::max(killed, static_cast<int>(inside.size()));
    for (const pid_t pid : inside) ::kill(pid, SIGKILL);
    if (monotonic_now() > deadline) {
      throw HarnessError("process " + std::to_string(inside.front()) + " in " + name +
                         " doesn't die of SIGKILL");
    }
    ::poll(nullptr, 0, 2);
  }
}

namespace {

std::string limits_note(const LocalLayout& layout) { return layout.folder + "/neighbour-limits"; }

std::int64_t number_in(const std::string& path) {
  std::int64_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

}  // namespace

void raise_neighbour_limits(const LocalLayout& layout, int count) {
  // Every host knows every other and the controller, which knows all; as much again for the rest of this machine.
  const std::int64_t needed = std::int64_t{4} * count * (count + 1);
  std::ofstream note(limits_note(layout));
  for (const char* family : {"ipv4", "ipv6"}) {
    // The higher limit first: the lower one is never above it.
    for (const char* limit : {"gc_thresh3", "gc_thresh2"}) {
      const std::string path = std::string("/proc/sys/net/") + family + "/neigh/default/" + limit;
      const std::int64_t before = number_in(path);
      if (before == 0 || before >= needed) continue;
      std::ofstream(path) << needed;
      note << path << " " << before << " " << needed << "\n";
    }
  }
}

void restore_neighbour_limits(const LocalLayout& layout) {
  std::ifstream note(limits_note(layout));
  std::string path;
  for (std::int64_t before = 0, raised = 0; note >> path >> before >> raised;) {
    if (number_in(path) == raised) std::ofstream(path) << before;
  }
}

}  // namespace assay::cluster
