// What arrives of the probes over one link, counted as they come: for networks that are parts of this program.
//
// Thread safety: none. Complexity: O(1) a probe; result() is O(probes).
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/target.h"

namespace assay {

class LinkGauge {
 public:
  // Requires: probes are numbered from 0, and there are fewer than that.
  LinkGauge(Link link, std::size_t probes) : sent_(probes, 0), seen_(probes, 0) { measure_.link = link; }

  const Link& link() const { return measure_.link; }
  std::int64_t arrived() const { return measure_.arrived; }

  void left(std::size_t probe, Nanos now) {
    sent_[probe] = now;
    ++measure_.sent;
  }
  // A copy of a probe came.
  void came(std::size_t probe, Nanos now);
  // All of it, for probes of that size.
  LinkMeasure result(std::int64_t size_bytes) const;

 private:
  LinkMeasure measure_;
  std::vector<Nanos> sent_;          // by number
  std::vector<unsigned char> seen_;  // by number
  std::vector<Nanos> delays_;
  std::int64_t latest_ = -1;  // the highest number that came
  Nanos first_ = 0, last_ = 0;
};

}  // namespace assay
