// Time in Assay is a signed count of nanoseconds. In a history it counts from the start of the run, on one
// monotonic clock of the controller (or on the simulator's virtual clock); see docs/history.md.
#pragma once

#include <cstdint>
#include <limits>

namespace assay {

using Nanos = std::int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;
inline constexpr Nanos kMinute = 60 * kSecond;

// "Not yet", "never": later than every time that can occur.
inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

}  // namespace assay
