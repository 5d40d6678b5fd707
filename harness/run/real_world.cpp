#include "harness/run/real_world.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace assay {

RealWorld::RealWorld()
    : io_(1),
      guard_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      fault_thread_(1),
      start_(std::chrono::steady_clock::now()) {}

RealWorld::~RealWorld() { fault_thread_.join(); }

Nanos RealWorld::now() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_)
      .count();
}

void RealWorld::post(Task task) { boost::asio::post(io_, std::move(task)); }

void RealWorld::wait(Nanos deadline) {
  if (io_.poll() > 0 || deadline <= now()) return;
  // A timer of the loop, because waiting in Asio itself is only exact to the millisecond.
  bool expired = false;
  timer_.expires_at(start_ + std::chrono::nanoseconds(deadline));
  timer_.async_wait([&expired](const boost::system::error_code&) { expired = true; });
  io_.run_one();
  if (!expired) {
    timer_.cancel();
    while (!expired) io_.run_one();
  }
}

void RealWorld::run_blocking(Task work, Task done) {
  boost::asio::post(fault_thread_, [this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    post(std::move(done));
  });
}

}  // namespace assay
