#include "harness/sim/sim_world.h"

#include <algorithm>
#include <iterator>
#include <utility>

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
  working_.emplace_back(std::move(work), std::move(done));
  go_on(std::prev(working_.end()));
}

// Never from inside an event: the work may let the simulation go on by itself.
void SimWorld::go_on(std::list<Working>::iterator working) {
  const auto before = std::exchange(running_, working);
  bool ended = true;
  try {
    ended = working->work.resume();
  } catch (...) {
    running_ = before;
    working_.erase(working);
    throw;
  }
  running_ = before;
  if (!ended) return;
  post(std::move(working->done));
  working_.erase(working);
}

void SimWorld::let_pass(Nanos duration) {
  const auto waiting = running_;
  if (waiting == working_.end()) return run_for(duration);
  simulator_.at(simulator_.now() + duration, [this, waiting] { post([this, waiting] { go_on(waiting); }); });
  waiting->work.pause();
}

}  // namespace assay::sim
