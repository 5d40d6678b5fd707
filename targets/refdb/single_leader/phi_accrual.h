// The phi accrual failure detector (Hayashibara, Defago, Yared, Katayama: "The phi Accrual Failure Detector", SRDS 2004,
// section 5): from the times between past heartbeats it tells how suspicious the silence since the last one is.
//
//   phi(t) = -log10(P_later(t - t_last)),  P_later(t) = 1/(sigma sqrt(2 pi)) * integral from t to infinity of the normal
//   density with the mean and deviation of the window; so at phi = 1 the suspicion is wrong once in 10 times, at 2 in 100.
//
// Thread safety: a value. Complexity: constant per heartbeat and query; suspicious_at() about 60 evaluations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace assay::refdb::single_leader {

class PhiAccrual {
 public:
  // `deviation_min`: jitter that is expected even when all intervals so far were alike. Nanoseconds.
  PhiAccrual(std::size_t window, std::int64_t deviation_min)
      : window_(window), deviation_min_(deviation_min) {}

  void heartbeat(std::int64_t now);
  // Forgets when the last heartbeat was, not how far apart they usually are: another sender.
  void forget_last() { heard_ = false; }
  std::size_t samples() const { return intervals_.size(); }

  // 0 before there were two heartbeats.
  double phi(std::int64_t now) const;
  // The first time at which phi is at least `threshold`. Requires: samples() > 0.
  std::int64_t suspicious_at(double threshold) const;

 private:
  double phi_after(double silence) const;

  std::size_t window_;
  std::int64_t deviation_min_;
  std::deque<std::int64_t> intervals_;
  std::int64_t last_ = 0;
  bool heard_ = false;
};

}  // namespace assay::refdb::single_leader
