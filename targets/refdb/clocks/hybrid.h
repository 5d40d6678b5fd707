// Hybrid logical clocks (Kulkarni et al., "Logical physical clocks and consistent snapshots in globally
// distributed databases", OPODIS 2014): a timestamp of wall time and a counter that respects causality like
// Lamport's and stays as near to wall time as the clocks of the nodes are to each other. An event's timestamp is
// later than that of everything its node had seen, however far behind the node's own clock is.
//
// Thread safety: none. Errors: a timestamp from further ahead than the bound is refused and changes nothing, so
// that one node with a mad clock can't drag the others along. Wall times in nanoseconds.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::clocks {

struct HybridTime {
  std::int64_t wall = 0;
  std::uint64_t counter = 0;

  friend auto operator<=>(const HybridTime&, const HybridTime&) = default;
};

void write_time(wire::Writer& writer, const HybridTime& time);
HybridTime read_time(wire::Reader& reader);

class HybridClock {
 public:
  // `ahead_max`: how far ahead of this node's wall clock a received timestamp may be.
  explicit HybridClock(std::int64_t ahead_max) : ahead_max_(ahead_max) {}

  // A local event or a message to send, at that reading of the node's wall clock.
  HybridTime tick(std::int64_t wall);
  // A message with that timestamp arrived: the time of the arrival, or nothing when it claims the future.
  std::optional<HybridTime> receive(const HybridTime& message, std::int64_t wall);
  // Only takes note of a timestamp, as a node does with those in its storage when it starts.
  void observe(const HybridTime& time);

  const HybridTime& latest() const { return latest_; }

 private:
  std::int64_t ahead_max_;
  HybridTime latest_;
};

}  // namespace assay::refdb::clocks
