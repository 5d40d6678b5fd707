// The verbs about the node's process beyond starting and killing it: process-ability, terminate, freeze, thaw, crash-loop, crashes,
// limit, unlimit, limit-measure.
//
// Thread safety: one thread, always the same. Errors: AgentError with one sentence. Ownership: the journal and the node must
// outlive it.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/cluster/agent/groups.h"
#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/node_process.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class ProcessDuties {
 public:
  ProcessDuties(std::string home, Journal& journal, NodeProcess& node);

  // Nothing when the verb is not about the process.
  std::optional<cluster::Message> perform(const cluster::Message& request);
  // Somebody else starts or kills the node: it is not to crash any more, and one that is frozen is let go.
  void let_go();
  // Before the node's program runs.
  void join_limits(pid_t process);
  bool frozen() const { return groups_.contains("freezer"); }

  // Crashes the node when it is time to, and says in how many milliseconds it will be again; -1: never.
  int tick();
  // No limit is left.
  void unlimit();

 private:
  using Message = cluster::Message;

  Message ability();
  Message terminate(const Message& request);
  Message freeze();
  Message crash_loop(const Message& request);
  Message limit(const Message& request);
  Message measure(const Message& request);

  // Of the node and of what runs beside it.
  std::vector<pid_t> members();
  Group& group(const std::string& controller);
  void limit_files(std::int64_t more);
  bool files_are_limited();

  std::string home_;
  Journal& journal_;
  NodeProcess& node_;
  std::map<std::string, Group> groups_;    // by controller
  std::map<pid_t, rlimit> files_before_;   // of processes whose file descriptors are limited
  std::map<pid_t, rlim_t> files_allowed_;  // the same
  std::int64_t tasks_max_ = 0;
  std::int64_t period_ = 0;  // of crashes; 0: none
  std::int64_t next_crash_ = 0;
  std::int64_t crashes_ = 0;
};

}  // namespace assay::agent
