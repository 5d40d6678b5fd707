#include "harness/cluster/agent/groups.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "harness/cluster/agent/disk.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

bool has_word(const std::string& list, const std::string& word, char separator) {
  std::istringstream words(list);
  for (std::string one; std::getline(words, one, separator);) {
    if (one == word || one == word + "\n") return true;
  }
  return false;
}

// Where a hierarchy of that type with that option is mounted already; `option` empty: any.
std::string mounted_at(const std::string& type, const std::string& option) {
  std::istringstream lines(read_whole_file("/proc/self/mounts"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device, point, kind, options;
    words >> device >> point >> kind >> options;
    if (kind == type && (option.empty() || has_word(options, option, ','))) return point;
  }
  return {};
}

// In order: a hierarchy of version 1 that is mounted, one of version 2 that has the controller, one of version 1 mounted here.
std::string mount_one(const std::string& controller, const std::string& home, Journal& journal) {
  const std::string point = home + "/agent/groups-" + controller;
  make_folders(point);
  journal.add_mount(point);
  if (::mount("assay", point.c_str(), "cgroup", 0, controller.c_str()) != 0) return {};
  return point;
}

std::string unique_name() {
  char target[64] = {};
  const ssize_t size = ::readlink("/proc/self/ns/mnt", target, sizeof target - 1);
  std::string number;
  for (ssize_t i = 0; i < size; ++i) {
    if (target[i] >= '0' && target[i] <= '9') number += target[i];
  }
  return "assay-" + number;
}

std::vector<pid_t> members_of(const std::string& folder) {
  std::istringstream numbers(read_whole_file(folder + "/cgroup.procs"));
  std::vector<pid_t> members;
  for (pid_t pid = 0; numbers >> pid;) members.push_back(pid);
  return members;
}

}  // namespace

GroupHierarchy find_groups(const std::string& controller, const std::string& home, Journal& journal) {
  if (const std::string point = mounted_at("cgroup", controller); !point.empty()) return {point, false};
  const std::string unified = mounted_at("cgroup2", "");
  if (!unified.empty() && controller == "freezer") return {unified, true};
  if (!unified.empty() && has_word(read_whole_file(unified + "/cgroup.controllers"), controller, ' ')) {
    // What groups below may use; there already where systemd runs.
    write_whole_file(unified + "/cgroup.subtree_control", "+" + controller);
    return {unified, true};
  }
  return {mount_one(controller, home, journal), false};
}

Group::Group(GroupHierarchy hierarchy, std::string controller, Journal& journal)
    : hierarchy_(std::move(hierarchy)), folder_(hierarchy_.folder + "/" + unique_name() + "-" + controller) {
  if (hierarchy_.folder.empty()) throw AgentError("this host has no " + controller + " groups");
  journal.add_group(folder_);
  if (::mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST) throw_errno("can't make the group " + folder_);
}

bool Group::set(const std::string& file, const std::string& text) const {
  return write_whole_file(folder_ + "/" + file, text);
}

std::string Group::get(const std::string& file) const {
  std::string text = read_whole_file(folder_ + "/" + file);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::int64_t Group::counter(const std::string& file, const std::string& name) const {
  std::istringstream lines(get(file));
  std::string key;
  std::int64_t value = 0;
  while (lines >> key >> value) {
    if (key == name) return value;
  }
  return -1;
}

void Group::join(pid_t process) const {
  if (!set("cgroup.procs", std::to_string(process)) && errno != ESRCH)
    throw_errno("can't put the database into " + folder_);
}

bool Group::dissolve() const { return remove_group(folder_); }

bool thaw_group(const std::string& folder) {
  if (path_exists(folder + "/freezer.state")) return write_whole_file(folder + "/freezer.state", "THAWED");
  if (path_exists(folder + "/cgroup.freeze")) return write_whole_file(folder + "/cgroup.freeze", "0");
  return true;
}

bool remove_group(const std::string& folder) {
  if (!path_exists(folder)) return true;
  const std::string root = folder.substr(0, folder.rfind('/'));
  // A process that ends just now is in the way for a moment.
  for (int attempt = 0; attempt < 200; ++attempt) {
    for (const pid_t pid : members_of(folder)) write_whole_file(root + "/cgroup.procs", std::to_string(pid));
    if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return true;
    pause_milliseconds(5);
  }
  return false;
}

}  // namespace assay::agent
