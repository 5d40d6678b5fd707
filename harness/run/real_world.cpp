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

// One event at a time while the loop is in time: what its answer makes room for is sent before the next answer is looked at.
void RealWorld::wait(Nanos deadline) {
  while (now() < deadline) {
    wake_at(deadline);
    timer_ran_ = false;
    io_.run_one();
    if (!timer_ran_) return;
  }
  io_.poll();
}

// A timer of the loop, because waiting in Asio itself is only exact to the millisecond. It stays armed from one wait to the
// next, since setting it costs several system calls: one that fires too early makes wait() look at the clock once more.
void RealWorld::wake_at(Nanos deadline) {
  if (armed_for_ <= deadline) return;
  armed_for_ = deadline;
  timer_.expires_at(start_ + std::chrono::nanoseconds(deadline));
  timer_.async_wait([this](const boost::system::error_code& error) {
    timer_ran_ = true;
    if (!error) armed_for_ = kNever;  // else it was set anew
  });
}

void RealWorld::run_blocking(Task work, Task done) {
  boost::asio::post(fault_thread_, [this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    post(std::move(done));
  });
}

}  // namespace assay
