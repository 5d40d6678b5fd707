#include "harness/cluster/agent/strobe.h"

#include <time.h>

#include <algorithm>
#include <utility>

namespace assay::agent {

void Strobe::start(std::int64_t period_nanos, std::function<void(bool)> flip) {
  stop();
  running_ = true;
  thread_ = std::thread([this, period_nanos, flip = std::move(flip)] {
    // Long periods in slices, so that stop() never waits long.
    constexpr std::int64_t kSlice = 10'000'000;
    bool moved = true;
    while (running_) {
      flip(moved);
      moved = !moved;
      for (std::int64_t left = std::max<std::int64_t>(period_nanos, 1000); left > 0 && running_;
           left -= kSlice) {
        const timespec pause{.tv_sec = 0, .tv_nsec = std::min(left, kSlice)};
        ::nanosleep(&pause, nullptr);
      }
    }
  });
}

void Strobe::stop() {
  running_ = false;
  if (thread_.joinable()) thread_.join();
}

}  // namespace assay::agent
