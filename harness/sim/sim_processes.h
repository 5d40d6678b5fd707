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
  // It was asked to end, and does so next.
  virtual void process_ending(NodeId) {}
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

  // There is neither memory nor anything else that a system counts here; a processor's share is time in which nothing happens.
  std::optional<std::string> lack(ProcessMeans means) override;
  bool terminate(NodeId node, Nanos patience) override;
  void crash_loop(NodeId node, Nanos period) override;
  std::int64_t crashes(NodeId node) override { return at(node).crashes; }
  // As a quota does to a process that is busy: of every kQuotaPeriod it runs `amount` percent.
  void limit(NodeId node, ProcessMeans means, std::int64_t amount) override;
  void unlimit(NodeId node) override;
  // Lets the simulation go on. Not from inside an event.
  Evidence measure_limit(NodeId node, ProcessMeans means, std::int64_t amount) override;

  static constexpr Nanos kQuotaPeriod = 100 * kMillisecond;

  // Runs `callable` inside the process now, or after it was resumed. Dropped when the process is dead or, for an
  // `incarnation` other than 0, when it is not that one any more. With `droppable`, also dropped when too much waits.
  // False when it was dropped.
  template <typename F>
  bool deliver(NodeId node, std::int64_t incarnation, F&& callable, bool droppable = false) {
    Process& process = at(node);
    if (process.state == State::dead || (incarnation != 0 && incarnation != process.incarnation))
      return false;
    if (process.state == State::running && !process.stalled && process.held.empty()) {
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
    bool stalled = false;         // has used up its share of the processor
    std::int64_t percent = 100;   // its share
    std::uint64_t quota = 0;      // changes with every limit
    std::uint64_t loop = 0;       // changes when a crash loop begins or ends
    std::int64_t crashes = 0;
  };

  Process& at(NodeId node) {
    ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < processes_.size());
    return processes_[static_cast<std::size_t>(node)];
  }
  void end(NodeId node);
  void begin(NodeId node);
  void drain(NodeId node);
  void crash(NodeId node, std::uint64_t loop, Nanos period);
  void turn(NodeId node, std::uint64_t quota, bool stalled);

  Simulator& simulator_;
  ProcessHost* host_ = nullptr;
  std::vector<Process> processes_;
};

}  // namespace assay::sim
