// The processes of the simulated nodes: running, paused or dead, with an incarnation number per start. Whatever is
// to happen inside a process (a message, a timer, a finished disk write) goes through deliver(), which runs it,
// keeps it while the process is paused, or drops it when that process is gone.
//
// Thread safety: none. Ownership: the host outlives its use here.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "harness/core/target.h"
#include "harness/sim/inline_task.h"
#include "harness/sim/simulator.h"

namespace assay::sim {

// Who gives the processes their content.
class ProcessHost {
 public:
  virtual ~ProcessHost() = default;
  virtual void process_started(NodeId node) = 0;
  // It was killed: its memory is gone, its disk stays.
  virtual void process_ended(NodeId node) = 0;
};

class SimProcesses final : public Processes {
 public:
  // What a paused process keeps of messages that may be lost anyway: the size of a socket's buffer, roughly.
  static constexpr std::size_t kHeldMax = 4096;

  SimProcesses(Simulator& simulator, int node_count)
      : simulator_(simulator), processes_(static_cast<std::size_t>(node_count)) {}

  void set_host(ProcessHost* host) { host_ = host; }

  void kill(NodeId node) override;
  void start(NodeId node) override;
  void pause(NodeId node) override;
  void resume(NodeId node) override;
  State state(NodeId node) override { return at(node).state; }
  std::int64_t incarnation(NodeId node) override { return at(node).incarnation; }

  // Runs `callable` inside the process now, or after it was resumed. Dropped when the process is dead or, for an
  // `incarnation` other than 0, when it is not that one any more. With `droppable`, also dropped when too much waits.
  // False when it was dropped.
  template <typename F>
  bool deliver(NodeId node, std::int64_t incarnation, F&& callable, bool droppable = false) {
    Process& process = at(node);
    if (process.state == State::dead || (incarnation != 0 && incarnation != process.incarnation))
      return false;
    if (process.state == State::running && process.held.empty()) {
      callable();
      return true;
    }
    if (droppable && process.held.size() >= kHeldMax) return false;
    process.held.emplace_back(std::forward<F>(callable));
    return true;
  }

 private:
  struct Process {
    State state = State::dead;
    std::int64_t incarnation = 0;
    std::int64_t starts = 0;
    std::deque<InlineTask> held;  // in order of arrival
  };

  Process& at(NodeId node) {
    ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < processes_.size());
    return processes_[static_cast<std::size_t>(node)];
  }
  void drain(NodeId node);

  Simulator& simulator_;
  ProcessHost* host_ = nullptr;
  std::vector<Process> processes_;
};

}  // namespace assay::sim
