// When operations are due. An open loop's schedule is drawn from the seed and never depends on how the
// database behaves, so that a stall shows in the latencies instead of thinning out the load ("coordinated
// omission", G. Tene).
#pragma once

#include "harness/core/plan.h"
#include "harness/core/rng.h"
#include "harness/core/time.h"

namespace assay {

class Arrivals {
 public:
  // Requires: rate > 0 unless the pace is a closed loop.
  Arrivals(Pace pace, std::int64_t rate, Nanos start, Rng rng)
      : pace_(pace), interval_(pace == Pace::closed_loop ? 0 : kSecond / rate), rng_(rng), due_(start) {}

  // When the next operation is due; in a closed loop always in the past.
  Nanos due() const { return pace_ == Pace::closed_loop ? 0 : due_; }

  // Moves on to the one after it.
  void advance() {
    if (pace_ == Pace::constant) due_ += interval_;
    if (pace_ == Pace::poisson) due_ += rng_.exponential(interval_);
  }

 private:
  Pace pace_;
  Nanos interval_;
  Rng rng_;
  Nanos due_;
};

}  // namespace assay
