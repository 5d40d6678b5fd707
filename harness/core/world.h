// The seam between simulated and real: where time comes from and where completions arrive. The run loop,
// workloads and fault schedules are written against it and run unchanged in both worlds.
#pragma once

#include <functional>

#include "harness/core/time.h"

namespace assay {

class World {
 public:
  using Task = std::function<void()>;
  virtual ~World() = default;

  // Nanoseconds since the world began. Monotonic.
  virtual Nanos now() const = 0;

  // Runs `task` on the loop's thread, inside a later wait(). Real world: callable from any thread.
  virtual void post(Task task) = 0;

  // Runs what was posted (and, when simulated, the simulation itself) until `deadline`, returning early once
  // at least one task ran. The deadline may lie in the past: then only what is ready runs.
  virtual void wait(Nanos deadline) = 0;

  // Runs `work` where it may block (real world: a thread for faults, one at a time, in order; simulated
  // world: at once), then posts `done`.
  virtual void run_blocking(Task work, Task done) = 0;

  virtual bool simulated() const = 0;
};

}  // namespace assay
