#include "targets/refdb/single_leader/phi_accrual.h"

#include <algorithm>
#include <cmath>

#include "harness/core/assert.h"

namespace assay::refdb::single_leader {

namespace {
constexpr double kPhiMax = 300;  // beyond what a double can tell from certainty
}

void PhiAccrual::heartbeat(std::int64_t now) {
  if (heard_) intervals_.push_back(std::max<std::int64_t>(now - last_, 0));
  if (intervals_.size() > window_) intervals_.pop_front();
  last_ = now;
  heard_ = true;
}

double PhiAccrual::phi_after(double silence) const {
  double mean = 0;
  for (const std::int64_t interval : intervals_) mean += static_cast<double>(interval);
  mean /= static_cast<double>(intervals_.size());
  double variance = 0;
  for (const std::int64_t interval : intervals_) {
    const double distance = static_cast<double>(interval) - mean;
    variance += distance * distance;
  }
  variance /= static_cast<double>(intervals_.size());
  const double deviation = std::max(std::sqrt(variance), static_cast<double>(deviation_min_));
  const double later = std::erfc((silence - mean) / (deviation * std::sqrt(2.0))) / 2;
  return later <= 0 ? kPhiMax : std::min(-std::log10(later), kPhiMax);
}

double PhiAccrual::phi(std::int64_t now) const {
  if (intervals_.empty() || !heard_) return 0;
  return phi_after(static_cast<double>(now - last_));
}

std::int64_t PhiAccrual::suspicious_at(double threshold) const {
  ASSAY_ASSERT(!intervals_.empty());
  std::int64_t high = std::max<std::int64_t>(deviation_min_, 1);
  while (phi_after(static_cast<double>(high)) < threshold && high < (std::int64_t{1} << 50)) high *= 2;
  std::int64_t low = 0;
  while (low + 1 < high) {
    const std::int64_t middle = low + (high - low) / 2;
    (phi_after(static_cast<double>(middle)) < threshold ? low : high) = middle;
  }
  return last_ + high;
}

}  // namespace assay::refdb::single_leader
