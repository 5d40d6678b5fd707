#include "harness/sim/sim_world.h"

#include <algorithm>

#include "harness/core/error.h"

namespace assay::sim {

void SimWorld::wait(Nanos deadline) {
  const Nanos limit = std::max(deadline, simulator_.now());
  for (;;) {
    if (run_posted()) return;
    const Nanos next = simulator_.next_time();
    if (next > limit) break;
    if (next == kNever) throw HarnessError("the simulation waits for ever: no event is left");
    simulator_.step();
  }
  simulator_.advance_to(limit);
}

// Only what was posted before; what these tasks post runs in the next wait().
bool SimWorld::run_posted() {
  const std::size_t count = posted_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Task task = std::move(posted_.front());
    posted_.pop_front();
    task();
  }
  return count > 0;
}

void SimWorld::run_blocking(Task work, Task done) {
  work();
  post(std::move(done));
}

}  // namespace assay::sim
