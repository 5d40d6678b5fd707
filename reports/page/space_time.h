// The space-time diagram of a simulated run around its first anomaly: a line per node, an arrow per message, and the operations
// of the anomaly on the node that was asked.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "reports/page/page.h"

namespace assay::reports {

// The stretch of time to record: around the last operation of the first anomaly, which is where things come to light.
// begin > end: there is none.
struct TraceStretch {
  Nanos begin = 0, end = -1;
};
TraceStretch stretch_around_anomaly(const RunResult& run);
// More than that can't be told apart in a picture.
inline constexpr std::size_t kTracedMessagesMax = 600;

// Empty without messages.
std::string space_time_section(const RunResult& run, const std::vector<TracedMessage>& messages);

}  // namespace assay::reports
