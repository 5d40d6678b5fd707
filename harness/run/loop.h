// The run loop: asks the workload for requests when the plan wants them, hands them to clients, records what
// happens, lets the nemesis work, and at the end heals, demands progress and takes the final reads. One
// thread; the same code in the simulated and in the real world.
//
// A process whose operation ended in info is retired: its slot gets a new process id and a new connection.
// Every recorded time is greater than the one recorded before, so that the order of the journal is the order
// of time.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/plan.h"
#include "harness/core/recorder.h"
#include "harness/core/run_result.h"
#include "harness/core/workload.h"
#include "harness/run/arrivals.h"
#include "harness/run/listed_operations.h"
#include "harness/run/nemesis_driver.h"

namespace assay {

// What the progress line shows, about once a second of the world's time.
struct Progress {
  Nanos elapsed = 0;
  Nanos total = 0;  // of warm-up and main phase
  Phase phase = Phase::warm_up;
  OutcomeCounts counts;   // since the beginning
  std::int64_t rate = 0;  // completions in the last second
  std::vector<std::string> faults;
};

struct LoopHooks {
  std::function<void(const Progress&)> progress;  // may be empty
  std::function<std::string()> trouble;  // asked now and then: one sentence ends the run; may be empty
  const std::atomic<bool>* interrupt = nullptr;  // Ctrl-C: end cleanly
  bool list_operations = false;                  // LoopOutcome::operations
};

struct LoopOutcome {
  bool progress_demanded = true;  // false: the plan lists its operations, and others are not sent
  bool recovered = false;
  Nanos recovery_time = kNever;
  std::int64_t late = 0;
  std::int64_t dropped = 0;  // due in the main phase and never sent
  bool interrupted = false;
  std::string harness_error;
  Nanos elapsed = 0;
  int nice = 0;                        // of the thread that ran the loop
  std::vector<ScheduledFault> faults;  // as they were carried out
  std::vector<ListedOperation>
      operations;  // when asked for: all that were sent between loading and the final reads
};

// How often nodes are asked how far replication is.
inline constexpr Nanos kObservationPeriod = 250 * kMillisecond;

class RunLoop {
 public:
  // Everything must outlive the loop. The target has been started.
  RunLoop(const Plan& plan, Target& target, Workload& workload, std::vector<PlannedFault> faults,
          Recorder& recorder, LoopHooks hooks);
  ~RunLoop();

  LoopOutcome run();

 private:
  struct Slot;
  struct Deadline {
    Nanos at;
    std::size_t slot;
    std::uint64_t sequence;
  };

  Nanos time() const { return world_.now() - origin_; }
  Nanos stamp();
  void enter(Phase phase);
  bool stopping();
  void load();
  void run_phase(Phase phase, Nanos end);
  void run_steps(const std::vector<std::int64_t>& rates);
  std::int64_t drop_waiting(Nanos end);
  void end_thinking(Nanos now);
  void recover();
  void await_progress(Nanos healed);
  void count_dropped();
  void final_reads();
  void drain(Nanos limit);

  void turn(Nanos horizon);
  void dispatch(Nanos now);
  bool follows_list() const { return listed_.any() && !loading_ && phase_ != Phase::final_reads; }
  void dispatch_listed(Nanos now);
  bool invoke(Nanos due, Nanos now);
  void send(std::size_t index, Request request, Nanos due, Nanos now);
  void completed(std::size_t slot, std::uint64_t sequence, Completion completion);
  void expire(Nanos now);
  void replace_retired();
  ProcessId node_count() const;
  void place(std::size_t index, ProcessId node);
  void cover_nodes();
  void report_progress(Nanos now);
  void observe(Nanos now);
  void mark_ended_nodes();
  void record_fault(FaultEvent event);

  const Plan& plan_;
  Target& target_;
  World& world_;
  Workload& workload_;
  Recorder& recorder_;
  LoopHooks hooks_;
  Rng rng_;
  Rng workload_rng_;
  Arrivals arrivals_;
  NemesisDriver nemesis_;
  ListedOperations listed_;

  Nanos origin_ = 0;
  Nanos last_stamp_ = 0;
  Nanos base_ = 0;  // when warm-up began: after what there was to load
  Nanos main_end_ = 0;
  Phase phase_ = Phase::warm_up;
  bool loading_ = false;
  bool accepting_ = true;
  bool paced_ = true;       // by the plan's schedule; false: whoever is free asks
  bool exhausted_ = false;  // the workload has nothing more to ask in this phase
  std::vector<std::unique_ptr<Slot>> slots_;
  std::deque<std::size_t> free_;
  std::deque<Deadline> deadlines_;
  std::vector<std::size_t> retired_;
  std::deque<std::pair<Nanos, std::size_t>> thinking_;  // slots, and when they are free
  ProcessId next_process_ = 0;
  OpId next_op_ = 0;
  std::uint64_t turns_ = 0;
  std::size_t slots_recovered_ = 0;
  OutcomeCounts counts_;
  std::int64_t reported_total_ = 0;
  Nanos next_report_ = kSecond;
  Nanos next_observation_ = kObservationPeriod;  // blocks of the gate are shorter: they are not disturbed
  LoopOutcome outcome_;
};

}  // namespace assay
