#include "harness/cluster/resources.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "harness/core/error.h"

namespace assay::cluster {
namespace {

// In the order of ResourceReading.
enum Place : std::size_t { kAt, kCpu, kRead, kWritten, kReceived, kSent, kMemory, kWall, kMoved, kPlaces };
using Reading = std::array<std::int64_t, kPlaces>;

Reading parse_reading(const std::string& text, const std::string& host) {
  Reading reading{};
  const char* next = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < reading.size(); ++i) {
    const auto [rest, error] = std::from_chars(next, end, reading[i]);
    const bool last = i + 1 == reading.size();
    if (error != std::errc() || (last ? rest != end : rest == end || *rest != ','))
      throw HarnessError(host + ": its agent measured \"" + text.substr(0, 80) + "\"");
    next = rest + 1;
  }
  return reading;
}

}  // namespace

NodeResources resources_from(const std::vector<std::string>& readings, const ClockRelation& clocks,
                             const std::string& host) {
  NodeResources resources;
  resources.clock_precision = clocks.precision;
  const Nanos to_here = clocks.here_monotonic - clocks.host_monotonic;
  const Nanos wall_here = clocks.here_wall - clocks.here_monotonic;
  std::optional<Reading> before;
  for (const std::string& line : readings) {
    const Reading now = parse_reading(line, host);
    if (before && now[kAt] > (*before)[kAt]) {
      const double seconds = static_cast<double>(now[kAt] - (*before)[kAt]) / 1e9;
      const auto rate = [&](Place place) {
        return std::max(0.0, static_cast<double>(now[place] - (*before)[place]) / seconds);
      };
      NodeSample sample;
      sample.at = now[kAt] + to_here;
      sample.cpu_percent = rate(kCpu) / 1e4;
      sample.memory_bytes = static_cast<double>(now[kMemory]);
      sample.disk_read = rate(kRead);
      sample.disk_written = rate(kWritten);
      sample.network_received = rate(kReceived);
      sample.network_sent = rate(kSent);
      sample.clock_offset = static_cast<double>(now[kWall] + now[kMoved] - (sample.at + wall_here));
      resources.samples.push_back(sample);
    }
    before = now;
  }
  return resources;
}

}  // namespace assay::cluster
