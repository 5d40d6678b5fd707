// Lamport's logical clock ("Time, clocks, and the ordering of events in a distributed system", CACM 1978): a
// counter that grows with every event and jumps over what messages bring. If a happened before b, a's time is
// lower; the converse is not true: a lower time does not tell "before" from "concurrent".
//
// Thread safety: none. Errors: none; a counter that would overflow stays at the end of its range.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace assay::refdb::clocks {

class LamportClock {
 public:
  explicit LamportClock(std::uint64_t time = 0) : time_(time) {}

  // An event of this process, such as the sending of a message: its time.
  std::uint64_t tick() {
    if (time_ < std::numeric_limits<std::uint64_t>::max()) ++time_;
    return time_;
  }
  // A message of that time arrived: the time of the arrival.
  std::uint64_t receive(std::uint64_t message_time) {
    time_ = std::max(time_, message_time);
    return tick();
  }
  std::uint64_t time() const { return time_; }

 private:
  std::uint64_t time_;
};

}  // namespace assay::refdb::clocks
