#include "harness/sim/blocking_work.h"

#include <utility>

#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::sim {

BlockingWork::BlockingWork(World::Task work) : work_(std::move(work)), thread_([this] { run(); }) {}

BlockingWork::~BlockingWork() {
  abandoned_ = true;
  while (!ended_) {
    may_run_.release();
    stopped_.acquire();
  }
  thread_.join();
}

void BlockingWork::run() {
  may_run_.acquire();
  try {
    if (!abandoned_) work_();
  } catch (...) {
    thrown_ = std::current_exception();
  }
  ended_ = true;
  stopped_.release();
}

bool BlockingWork::resume() {
  ASSAY_ASSERT(!ended_);
  may_run_.release();
  stopped_.acquire();
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  return ended_;
}

void BlockingWork::pause() {
  stopped_.release();
  may_run_.acquire();
  if (abandoned_) throw HarnessError("the simulation ended while something waited for it");
}

}  // namespace assay::sim
