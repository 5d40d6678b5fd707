// The real world: an Asio event loop on the caller's thread, the machine's monotonic clock, and one thread
// for faults (which block on SSH). Clients that are written with Asio share the loop's io_context and need no
// locks.
//
// Thread safety: post() from any thread; everything else on the thread that calls wait().
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>

#include "harness/core/world.h"

namespace assay {

class RealWorld final : public World {
 public:
  RealWorld();
  ~RealWorld() override;

  Nanos now() const override;
  void post(Task task) override;
  void wait(Nanos deadline) override;
  void run_blocking(Task work, Task done) override;
  bool simulated() const override { return false; }

  boost::asio::io_context& io_context() { return io_; }

 private:
  void wake_at(Nanos deadline);

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer timer_;
  boost::asio::thread_pool fault_thread_;
  std::chrono::steady_clock::time_point start_;
  Nanos armed_for_ = kNever;
  bool timer_ran_ = false;
};

}  // namespace assay
