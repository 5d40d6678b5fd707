// Work that stops in the middle and goes on later, in a world of one thread: it has a thread of its own, but of the two only one
// runs at any time, so everything happens in one order.
//
// Thread safety: resume() from one thread, pause() from the work. Errors: what the work throws comes out of resume().
#pragma once

#include <exception>
#include <semaphore>
#include <thread>

#include "harness/core/world.h"

namespace assay::sim {

class BlockingWork {
 public:
  explicit BlockingWork(World::Task work);
  // Work that has not ended is made to, by an exception from where it paused.
  ~BlockingWork();
  BlockingWork(const BlockingWork&) = delete;
  BlockingWork& operator=(const BlockingWork&) = delete;

  // Lets it run until it pauses or ends; whether it ended. Requires: it has not ended before.
  bool resume();
  // Stops here until the next resume(). Only from inside the work.
  void pause();

 private:
  void run();

  World::Task work_;
  std::binary_semaphore may_run_{0};
  std::binary_semaphore stopped_{0};
  bool ended_ = false;
  bool abandoned_ = false;
  std::exception_ptr thrown_;
  std::thread thread_;  // last: it uses all others
};

}  // namespace assay::sim
