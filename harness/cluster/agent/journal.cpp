#include "harness/cluster/agent/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/disk.h"
#include "harness/cluster/agent/disk_trouble.h"
#include "harness/cluster/agent/groups.h"
#include "harness/cluster/agent/iptables.h"
#include "harness/cluster/agent/layer/layer_mount.h"
#include "harness/cluster/agent/network.h"
#include "harness/cluster/agent/packet_rules.h"
#include "harness/cluster/agent/resolver_file.h"
#include "harness/cluster/agent/sockets.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr int kKillPatienceMilliseconds = 3000;

// Those of disks and groups; nothing when the line is none of them.
std::optional<bool> undo_disk_line(const std::string& line, std::string& done) {
  std::istringstream words(line);
  std::string kind, path, device;
  words >> kind >> path >> device;
  if (kind == "frozen") {
    if (thaw_disk(path)) done = "thawed " + path;
    return true;
  }
  if (kind == "layer-calls") return abort_layer(path);
  if (kind == "layer") {
    if (!layer_is_mounted(path)) return true;
    done = "unmounted the layer at " + path;
    return detach_layer(path);
  }
  if (kind == "device") {
    if (!device_is_limited(path)) return true;
    done = "let the disk " + path + " work again";
    return limit_device(path, 0);
  }
  if (kind == "throttle") {
    if (!path_exists(path) || !path_exists(device)) return true;
    throttle_device(path, device, 0);
    return true;
  }
  if (kind == "filler") {
    if (path_exists(path) && ::unlink(path.c_str()) == 0) done = "removed " + path;
    return true;
  }
  if (kind == "folder") {
    std::error_code error;
    if (std::filesystem::remove_all(path, error) > 0 && !error) done = "removed " + path;
    return !error;
  }
  if (kind == "group") {
    if (!path_exists(path)) return true;
    done = "removed the group " + path;
    return remove_group(path);
  }
  return std::nullopt;
}

bool is_frame(const std::string& line) {
  return line.rfind("table ", 0) == 0 || line.rfind("chain ", 0) == 0;
}

// What must be undone first: whoever is stuck in the kernel can't be killed, and whoever is in the way of an unmount must be gone,
// as what is in a frame of iptables must be.
int turn_of(const std::string& line) {
  const std::string kind = line.substr(0, line.find(' '));
  if (kind == "frozen" || kind == "device" || kind == "throttle" || kind == "layer-calls") return 0;
  if (kind == "process") return 1;
  return kind == "mount" || is_frame(line) ? 3 : 2;
}

// A group whose processes are frozen lets them go before they are killed.
void thaw_groups(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (line.rfind("group ", 0) == 0) thaw_group(line.substr(6));
  }
}

// Undoes one line. False: it failed. `done` gets a sentence when there was something to undo.
bool undo_line(const std::string& line, std::string& done) {
  std::istringstream words(line);
  std::string kind;
  words >> kind;
  if (kind == "process") {
    std::string name;
    pid_t pid = 0;
    std::uint64_t start = 0;
    words >> pid >> start >> name;
    const ProcessStat leader = process_stat(pid);
    // A leader that is gone leaves its session's number unused while anybody is in it.
    const bool reused = leader.state != 'X' && leader.start_ticks != start;
    if (pid <= 1 || reused || session_members(pid).empty()) return true;
    done = "ended the process " + name + " (" + std::to_string(pid) + ")";
    return kill_session(pid, kKillPatienceMilliseconds);
  }
  if (kind == "network") {
    if (!network_is_cut()) return true;
    done = "healed the network";
    return heal_network();
  }
  if (kind == "packets") {
    if (!packets_are_touched()) return true;
    done = "left packets alone";
    return heal_packets();
  }
  if (kind == "connections") {
    if (!connections_are_touched()) return true;
    done = "let connections be reset again";
    return heal_connections();
  }
  if (is_frame(line)) {
    const bool removed = remove_frame(line);
    if (!removed) done = "took away the " + line;
    return removed;
  }
  if (kind == "resolver") {
    std::string was;
    words >> was;
    if (our_name_server_is_asked()) done = "put the host's resolv.conf back";
    return restore_resolver(was == "made");
  }
  if (kind == "clock") {
    std::string path;
    words >> path;
    if (!path_exists(path)) return true;
    done = "reset the clock " + path;
    return reset_clock_file(path);
  }
  if (kind == "wall-clock") {
    std::int64_t difference = 0;
    words >> difference;
    done = "set the wall clock back";
    return set_wall_minus_monotonic(difference);
  }
  if (std::optional<bool> undone = undo_disk_line(line, done)) return *undone;
  if (kind == "mount") {
    std::string mount_point;
    words >> mount_point;
    if (!is_mounted(mount_point)) return true;
    done = "unmounted " + mount_point;
    return unmount(mount_point);
  }
  return true;
}

}  // namespace

Journal::Journal(std::string home) : home_(std::move(home)), path_(home_ + "/agent/faults") {}

void Journal::add(const std::string& line) {
  const bool fresh = !path_exists(path_);
  const Descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  std::string text = fresh ? "boot " + boot_id() + "\n" : std::string();
  text += line + "\n";
  if (!file.valid() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw_errno("can't write " + path_);
  }
}

void Journal::add_process(const std::string& name, pid_t pid, std::uint64_t start_ticks) {
  add("process " + std::to_string(pid) + " " + std::to_string(start_ticks) + " " + name);
}
void Journal::add_network() { add("network"); }
void Journal::add_packets() { add("packets"); }
void Journal::add_frame(const std::string& frame) { add(frame); }
void Journal::add_connections() { add("connections"); }
void Journal::add_resolver(bool made) { add(made ? "resolver made" : "resolver there"); }
void Journal::add_clock_file(const std::string& path) { add("clock " + path); }
void Journal::add_wall_clock(std::int64_t wall_minus_monotonic) {
  add("wall-clock " + std::to_string(wall_minus_monotonic));
}
void Journal::add_mount(const std::string& mount_point) { add("mount " + mount_point); }
void Journal::add_frozen(const std::string& mount_point) { add("frozen " + mount_point); }
void Journal::add_layer(const std::string& mount_point) {
  add("layer-calls " + mount_point);
  add("layer " + mount_point);
}
void Journal::add_device(const std::string& device) { add("device " + device); }
void Journal::add_throttle(const std::string& folder, const std::string& device) {
  add("throttle " + folder + " " + device);
}
void Journal::add_filler(const std::string& path) { add("filler " + path); }
void Journal::add_folder(const std::string& path) { add("folder " + path); }
void Journal::add_group(const std::string& folder) { add("group " + folder); }

bool Journal::undo_frames() const {
  bool undone = true;
  std::istringstream lines(read_whole_file(path_));
  for (std::string line; std::getline(lines, line);)
    undone = (!is_frame(line) || remove_frame(line)) && undone;
  return undone;
}

std::vector<std::string> Journal::undo_everything() {
  std::vector<std::string> report;
  std::istringstream lines(read_whole_file(path_));
  std::string line;
  std::string boot;
  std::vector<std::string> entries;
  while (std::getline(lines, line)) {
    if (line.rfind("boot ", 0) == 0) {
      boot = line.substr(5);
    } else {
      entries.push_back(line);
    }
  }
  std::string kept;
  // What a machine's restart undid is not there any more, and its process numbers belong to others.
  if (boot == boot_id()) {
    thaw_groups(entries);
    // Each only once, however often it was written down.
    for (int turn = 0; turn <= 3; ++turn) {
      std::string previous;
      for (const std::string& entry : entries) {
        if (turn_of(entry) != turn || entry == previous) continue;
        previous = entry;
        std::string done;
        const bool undone = undo_line(entry, done);
        if (!undone) kept += entry + "\n";
        if (!done.empty()) report.push_back(undone ? done : "failed: " + done);
      }
    }
  }
  if (kept.empty()) {
    ::unlink(path_.c_str());
  } else {
    write_whole_file(path_, "boot " + boot + "\n" + kept);
  }
  return report;
}

}  // namespace assay::agent
