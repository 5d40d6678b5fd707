#include "targets/refdb/clocks/hybrid.h"

#include <algorithm>

namespace assay::refdb::clocks {

void write_time(wire::Writer& writer, const HybridTime& time) {
  writer.signed_number(time.wall);
  writer.number(time.counter);
}

HybridTime read_time(wire::Reader& reader) {
  HybridTime time;
  time.wall = reader.signed_number();
  time.counter = reader.number();
  return time;
}

HybridTime HybridClock::tick(std::int64_t wall) {
  if (wall > latest_.wall) {
    latest_ = {wall, 0};
  } else {
    ++latest_.counter;
  }
  return latest_;
}

std::optional<HybridTime> HybridClock::receive(const HybridTime& message, std::int64_t wall) {
  // The same without the overflow that a hostile timestamp would cause.
  if (message.wall > wall && static_cast<std::uint64_t>(message.wall) - static_cast<std::uint64_t>(wall) >
                                 static_cast<std::uint64_t>(ahead_max_)) {
    return std::nullopt;
  }
  observe(message);
  return tick(wall);
}

void HybridClock::observe(const HybridTime& time) { latest_ = std::max(latest_, time); }

}  // namespace assay::refdb::clocks
