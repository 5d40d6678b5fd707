// The database process on this host: started, killed, paused, resumed, always with everything it started
// itself (its session), and with the programs that run beside it (a session each). Its state is that of the database.
//
// Thread safety: one thread, always the same (it is the tracer and the parent). Errors: AgentError.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/journal.h"

namespace assay::agent {

struct NodeStart {
  std::string binary;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string folder;
  std::string log;
  std::string user;  // empty: the agent's
  bool clock = false;
  std::vector<NodeStart> beside;
};

class NodeProcess {
 public:
  enum class State : std::uint8_t { running, paused, dead };

  NodeProcess(std::string name, std::string home, Journal& journal);

  // Called with each new process before its program runs.
  void set_before_start(std::function<void(pid_t)> hook) { before_start_ = std::move(hook); }
  // Does nothing when it is running or paused.
  void start(const NodeStart& request);
  // As it was started last. Requires: it was.
  void start_again() { start(NodeStart(last_start_)); }
  // SIGKILL to all of it; returns when all of it is gone.
  void kill();
  // Does nothing to a dead one.
  void pause();
  void resume();
  State state();
  // 0 when dead.
  pid_t pid();
  std::int64_t incarnation();
  // 0 when nothing was started, or it was seen to be dead.
  pid_t session() const { return pid_; }
  // Those that run, as it is known: the database first.
  std::vector<pid_t> sessions() const;
  // The clock that the process runs on; null when that is the host's.
  const ClockFile* moved_clock() const { return with_clock_ ? clock_.get() : nullptr; }

  // The clock file this node runs on, or will at its next start.
  ClockFile& clock();
  // Offset 0, when there is a clock file.
  void reset_clock();
  // Looks at the running process and at a helper program started on the same clock.
  struct ClockCheck {
    bool running = false;
    InstalledClock installed;
    ClockReading reading;
  };
  ClockCheck check_clock();

 private:
  void reap();
  std::optional<InstalledClock> installed_clock();
  pid_t launch_one(const NodeStart& request, const std::function<void(pid_t)>& before_exec);
  void end_beside();

  std::string name_;
  std::string home_;
  Journal& journal_;
  std::unique_ptr<ClockFile> clock_;
  pid_t pid_ = 0;
  std::vector<pid_t> beside_;
  std::uint64_t start_ticks_ = 0;
  bool with_clock_ = false;
  std::int64_t starts_ = 0;
  NodeStart last_start_;
  std::function<void(pid_t)> before_start_;
};

}  // namespace assay::agent
