// Everything that a fault can change on local hosts, as lines to compare: rules, queueing disciplines, addresses, routes, processes,
// mounts, loop devices, groups of processes, clocks, and what the agents wrote down. Seen from this machine, through the hosts'
// namespaces: nothing is asked of the agents.
//
// Link-local addresses are left out: each start of a host gives it others.
//
// Thread safety: none. Errors: HarnessError when this machine lacks a program. Lines name the host: "n1 rule: ...".
#pragma once

#include <fcntl.h>
#include <linux/loop.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/cluster/command.h"
#include "harness/cluster/local_hosts.h"
#include "harness/cluster/local_network.h"

namespace assay::cluster {

class HostListing {
 public:
  HostListing(const LocalOptions& options, int count)
      : layout_(options), count_(count), wall_minus_monotonic_(wall_minus_monotonic()) {
    look_up_hosts();
  }

  // After hosts were started anew. Groups and loop devices of the old ones are still looked for.
  void look_up_hosts() {
    firsts_.clear();
    for (int number = 1; number <= count_; ++number) {
      firsts_.push_back(std::atoi(content(layout_.host_folder(number) + "/pid").c_str()));
      const std::string space = link_target(process_folder(number) + "/ns/mnt");
      const std::size_t colon = space.find('[');
      if (colon != std::string::npos) mount_spaces_.insert(space.substr(colon + 1, space.size() - colon - 2));
    }
    struct stat trees {};
    if (::stat(layout_.trees.c_str(), &trees) == 0) devices_.insert(trees.st_dev);
  }

  // Sorted.
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (int number = 1; number <= count_; ++number) {
      const std::string name = layout_.host_name(number) + " ";
      add(all, name, network_of(number));
      add(all, name + "mount: ", content(process_folder(number) + "/mounts"));
      add(all, name + "written down: ", content(home_of(number) + "/agent/faults"));
      for (const pid_t pid : processes_of(number)) all.push_back(name + "process: " + command_line(pid));
      add_clocks(all, number);
    }
    add_groups(all);
    add_loop_devices(all);
    constexpr long long kMoved = 500'000'000;
    if (std::llabs(wall_minus_monotonic() - wall_minus_monotonic_) > kMoved)
      all.push_back("this machine's clock was moved");
    std::sort(all.begin(), all.end());
    return all;
  }

  // The host's processes, also those with a network of their own.
  std::vector<pid_t> processes_of(int number) const {
    std::vector<pid_t> inside;
    const std::string space = link_target(process_folder(number) + "/ns/pid");
    if (space.empty() || space == link_target("/proc/self/ns/pid")) return inside;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid > 1 && link_target(entry.path().string() + "/ns/pid") == space) inside.push_back(pid);
    }
    return inside;
  }
  // SIGKILL for the host: every process of it dies. Returns when its first one is beyond doing anything.
  void kill_host(int number) const {
    ::kill(first_process(number), SIGKILL);
    while (!link_target(process_folder(number) + "/ns/net").empty()) ::poll(nullptr, 0, 5);
  }
  pid_t first_process(int number) const { return firsts_[static_cast<std::size_t>(number - 1)]; }

  // What is there now and was not, with "+", and what was there and is not, with "-"; `only`: of lines that begin so.
  static std::vector<std::string> differences(const std::vector<std::string>& before,
                                              const std::vector<std::string>& now) {
    std::vector<std::string> found, more, less;
    std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(more));
    std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(less));
    for (const std::string& line : more) found.push_back("+ " + line);
    for (const std::string& line : less) found.push_back("- " + line);
    return found;
  }

 private:
  static std::string content(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  static std::string link_target(const std::string& path) {
    char target[256] = {};
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target - 1);
    return size > 0 ? std::string(target, static_cast<std::size_t>(size)) : std::string();
  }
  static std::string command_line(pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    std::string text = content(folder + "/cmdline");
    if (text.empty()) text = content(folder + "/comm");
    for (char& c : text) c = c == '\0' || c == '\n' ? ' ' : c;
    return text;
  }
  static long long wall_minus_monotonic() {
    timespec wall{}, monotonic{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return (wall.tv_sec - monotonic.tv_sec) * 1'000'000'000LL + wall.tv_nsec - monotonic.tv_nsec;
  }
  static void add(std::vector<std::string>& all, const std::string& prefix, const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) all.push_back(prefix + line);
    }
  }

  std::string process_folder(int number) const { return "/proc/" + std::to_string(first_process(number)); }
  std::string home_of(int number) const { return process_folder(number) + "/root/var/lib/assay"; }

  std::string network_of(int number) const {
    const char* script =
        "nft list ruleset 2>/dev/null | sed 's/^/rule: /'\n"
        "for save in iptables-legacy-save ip6tables-legacy-save; do $save 2>/dev/null | grep '^-A' | sed "
        "'s/^/rule: /'; done\n"
        "tc qdisc show | sed 's/^/discipline: /'\n"
        "for device in $(ls /sys/class/net); do tc class show dev $device; tc filter show dev $device; done "
        "| "
        "sed 's/^/discipline: /'\n"
        "ip -o address | grep -v fe80 | awk '{print \"address: \" $2 \" \" $3 \" \" $4}'\n"
        "(ip route; ip -6 route) | sed 's/^/route: /'\n";
    return run_program({"ip", "netns", "exec", layout_.namespace_name(number), "sh", "-c", script}).output;
  }

  void add_clocks(std::vector<std::string>& all, int number) const {
    constexpr std::size_t kPage = 4096, kWords = 3 * sizeof(std::int64_t);
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(home_of(number) + "/agent", error)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("clock-")) continue;
      const std::string words = content(entry.path().string());
      if (words.size() < kPage + kWords) continue;
      if (words.substr(kPage, kWords).find_first_not_of('\0') != std::string::npos)
        all.push_back(layout_.host_name(number) + " clock: " + name + " is moved");
    }
  }

  // Of hierarchies that this machine has mounted: the kernel's are the same for every host.
  void add_groups(std::vector<std::string>& all) const {
    std::istringstream mounts(content("/proc/self/mounts"));
    for (std::string line; std::getline(mounts, line);) {
      std::istringstream words(line);
      std::string device, point, kind;
      words >> device >> point >> kind;
      if (kind != "cgroup" && kind != "cgroup2") continue;
      std::error_code error;
      for (const auto& entry : std::filesystem::directory_iterator(point, error)) {
        const std::string name = entry.path().filename().string();
        const bool own = std::any_of(mount_spaces_.begin(), mount_spaces_.end(), [&](const auto& space) {
          return name.starts_with("assay-" + space + "-");
        });
        if (own) all.push_back("group: " + entry.path().string());
      }
    }
  }

  void add_loop_devices(std::vector<std::string>& all) const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/block", error)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("loop") || !std::filesystem::exists(entry.path() / "loop", error)) continue;
      const int device = ::open(("/dev/" + name).c_str(), O_RDONLY | O_CLOEXEC);
      loop_info64 info{};
      const bool told = device >= 0 && ::ioctl(device, LOOP_GET_STATUS64, &info) == 0;
      if (device >= 0) ::close(device);
      if (told && devices_.contains(info.lo_device)) all.push_back("loop device: a file of the hosts");
    }
  }

  LocalLayout layout_;
  int count_;
  long long wall_minus_monotonic_;
  std::vector<pid_t> firsts_;           // by host
  std::set<std::string> mount_spaces_;  // numbers of mount namespaces, which are in the names of groups
  std::set<std::uint64_t> devices_;     // of the file systems that the hosts' files are on
};

}  // namespace assay::cluster
