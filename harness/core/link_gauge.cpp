#include "harness/core/link_gauge.h"

#include <algorithm>

#include "harness/core/assert.h"

namespace assay {

void LinkGauge::came(std::size_t probe, Nanos now) {
  ASSAY_ASSERT(probe < seen_.size());
  if (seen_[probe] != 0) {
    ++measure_.duplicates;
    return;
  }
  seen_[probe] = 1;
  if (measure_.arrived++ == 0) first_ = now;
  last_ = now;
  delays_.push_back(now - sent_[probe]);
  const auto number = static_cast<std::int64_t>(probe);
  if (number < latest_) ++measure_.overtaken;
  latest_ = std::max(latest_, number);
}

LinkMeasure LinkGauge::result(std::int64_t size_bytes) const {
  LinkMeasure measure = measure_;
  if (!delays_.empty()) {
    std::vector<Nanos> delays = delays_;
    const auto middle = delays.begin() + static_cast<std::ptrdiff_t>(delays.size() / 2);
    std::nth_element(delays.begin(), middle, delays.end());
    measure.delay_median = *middle;
  }
  const Nanos took = last_ - first_;
  if (took > 0) measure.rate = (measure.arrived - 1) * size_bytes * 8 * kSecond / took;
  return measure;
}

}  // namespace assay
