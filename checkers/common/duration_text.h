// Spans of time in the words of findings: "812 ns", "34 us", "7 ms", "34.7 s". Cut, not rounded: never more than it was.
//
// Thread safety: pure function.
#pragma once

#include <string>

#include "harness/core/time.h"

namespace assay::checkers {

inline std::string duration_text(Nanos duration) {
  if (duration < 10 * kMicrosecond) return std::to_string(duration) + " ns";
  if (duration < 10 * kMillisecond) return std::to_string(duration / kMicrosecond) + " us";
  if (duration < kSecond) return std::to_string(duration / kMillisecond) + " ms";
  return std::to_string(duration / kSecond) + "." + std::to_string(duration / (kSecond / 10) % 10) + " s";
}

}  // namespace assay::checkers
