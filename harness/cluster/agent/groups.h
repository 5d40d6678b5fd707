// The kernel's groups of processes (cgroups), of version 1 and 2: where a controller's are, and one of the agent's own for the
// database. A controller that nobody mounted is mounted below the agent's folder.
//
// Every group's name begins with "assay-" and has the number of the mount namespace in it, which no other host of this machine has.
//
// Thread safety: one thread at a time. Errors: AgentError; a controller that is not there is an empty text. See the kernel's
// Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "harness/cluster/agent/journal.h"

namespace assay::agent {

struct GroupHierarchy {
  std::string folder;    // empty: this host has no such controller
  bool unified = false;  // version 2
};
// `controller`: cpu, memory, pids, freezer or blkio, as version 1 names them; in version 2 freezer is part of every group and there
// is no blkio. `home`: the host's data folder.
GroupHierarchy find_groups(const std::string& controller, const std::string& home, Journal& journal);

// A group that is made when it is first joined.
class Group {
 public:
  Group(GroupHierarchy hierarchy, std::string controller, Journal& journal);
  // Leaves it to the journal.
  ~Group() = default;

  bool unified() const { return hierarchy_.unified; }
  const std::string& folder() const { return folder_; }
  // False when it could not be written.
  bool set(const std::string& file, const std::string& text) const;
  std::string get(const std::string& file) const;
  // "NAME 12" on a line of the file; -1: no such line.
  std::int64_t counter(const std::string& file, const std::string& name) const;
  void join(pid_t process) const;
  // All members go back to the root of the hierarchy, and the group is removed. False: not all of it.
  bool dissolve() const;

 private:
  GroupHierarchy hierarchy_;
  std::string folder_;
};

// For the journal: lets go what is frozen there, and removes the group.
bool thaw_group(const std::string& folder);
bool remove_group(const std::string& folder);

}  // namespace assay::agent
