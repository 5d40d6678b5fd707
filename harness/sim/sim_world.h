// assay::World on virtual time. wait() runs the simulation until something was posted for the loop or the deadline
// is reached; virtual time costs nothing, so waiting is never idle.
//
// Thread safety: none: one thing at a time, that is the point. run_blocking() begins its work at once; the work may call
// run_for(), which lets the simulated cluster go on while posted tasks stay queued, or let_pass(), which lets everything go on.
#pragma once

#include <deque>
#include <list>
#include <utility>

#include "harness/core/world.h"
#include "harness/sim/blocking_work.h"
#include "harness/sim/simulator.h"

namespace assay::sim {

class SimWorld final : public World {
 public:
  Nanos now() const override { return simulator_.now(); }
  void post(Task task) override { posted_.push_back(std::move(task)); }
  // Throws HarnessError when the deadline is kNever and nothing is left to happen: a real program would hang.
  void wait(Nanos deadline) override;
  void run_blocking(Task work, Task done) override;
  bool simulated() const override { return true; }

  // The simulated cluster goes on for `duration`; nothing that was posted runs. Not from inside an event.
  void run_for(Nanos duration) { simulator_.run_until(simulator_.now() + duration); }

  // From work of run_blocking(): the work waits, and the world goes on, the loop with it. From elsewhere as run_for().
  void let_pass(Nanos duration);

  Simulator& simulator() { return simulator_; }

 private:
  struct Working {
    Working(Task what, Task then) : work(std::move(what)), done(std::move(then)) {}
    BlockingWork work;
    Task done;
  };

  bool run_posted();
  void go_on(std::list<Working>::iterator working);

  Simulator simulator_;
  std::deque<Task> posted_;
  std::list<Working> working_;
  std::list<Working>::iterator running_ = working_.end();  // the work that is being carried out now
};

}  // namespace assay::sim
