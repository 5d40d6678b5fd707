// What simulated nodes sent to each other in a stretch of time, for a space-time diagram (L. Lamport, "Time, clocks, and the
// ordering of events in a distributed system", CACM 1978). A simulated run can be repeated byte for byte, so nobody records
// messages until an anomaly was found: the run is repeated, and only the stretch around it is recorded.
//
// Thread safety: that of the target. Times count from the moment that the cluster served, like those of a history.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/core/operation.h"

namespace assay {

struct TracedMessage {
  Nanos sent = 0;
  Nanos arrived = kNever;  // never: lost, or cut
  NodeId from = 0;
  NodeId to = 0;
  std::uint32_t size_bytes = 0;
};

// A target whose messages can be recorded. Recording changes nothing of a run.
class MessageTracing {
 public:
  virtual ~MessageTracing() = default;
  // Before start(): keeps what is sent in [begin, end], at most `count_max` messages.
  virtual void trace_messages(Nanos begin, Nanos end, std::size_t count_max) = 0;
  // In order of sending.
  virtual const std::vector<TracedMessage>& traced_messages() const = 0;
};

}  // namespace assay
