// assay::World on virtual time. wait() runs the simulation until something was posted for the loop or the deadline
// is reached; virtual time costs nothing, so waiting is never idle.
//
// Thread safety: none: one thread does everything, that is the point. run_blocking() runs its work at once; the
// work may call run_for(), which lets the simulated cluster go on while posted tasks stay queued.
#pragma once

#include <deque>

#include "harness/core/world.h"
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

  Simulator& simulator() { return simulator_; }

 private:
  bool run_posted();

  Simulator simulator_;
  std::deque<Task> posted_;
};

}  // namespace assay::sim
