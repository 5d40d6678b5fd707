// When operations are due. An open loop's schedule is drawn from the seed and never depends on how the
// database behaves, so that a stall shows in the latencies instead of thinning out the load ("coordinated
// omission", G. Tene).
#pragma once

#include "harness/core/plan.h"
#include "harness/core/rng.h"
#include "harness/core/time.h"

namespace assay {

// An operation that is sent later than this after it was due counts as late.
inline constexpr Nanos kLate = kMillisecond;

class Arrivals {
 public:
  // Requires: rate > 0 unless the pace is a closed loop.
  Arrivals(Pace pace, std::int64_t rate, Nanos start, Rng rng)
      : pace_(pace), rate_(rate), start_(start), rng_(rng), due_(start) {}

  // When the next operation is due; in a closed loop always in the past.
  Nanos due() const { return pace_ == Pace::closed_loop ? 0 : due_; }

  // Moves on to the one after it.
  void advance() {
    // Counted from the start, so that a rate that does not divide a second is kept all the same.
    ++count_;
    if (pace_ == Pace::constant)
      due_ = start_ + static_cast<Nanos>(static_cast<__int128>(count_) * kSecond / rate_);
    if (pace_ == Pace::poisson) due_ += rng_.exponential(kSecond / rate_);
  }

 private:
  Pace pace_;
  std::int64_t rate_;
  Nanos start_;
  std::int64_t count_ = 0;
  Rng rng_;
  Nanos due_;
};

}  // namespace assay
