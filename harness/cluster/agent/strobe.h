// Calls a function with true, false, true ... at a fixed period on a thread of its own: a clock that jumps.
//
// Thread safety: start() and stop() from one thread at a time; the function runs on the strobe's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

namespace assay::agent {

class Strobe {
 public:
  Strobe() = default;
  ~Strobe() { stop(); }
  Strobe(const Strobe&) = delete;
  Strobe& operator=(const Strobe&) = delete;

  // Replaces a strobe that runs.
  void start(std::int64_t period_nanos, std::function<void(bool)> flip);
  // Returns when the function will not be called again.
  void stop();

 private:
  std::atomic<bool> running_{false};
  std::thread thread_;
};

}  // namespace assay::agent
