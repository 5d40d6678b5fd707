// What a bad link does to packets: delay, loss, duplication, reordering, corruption, a rate. The notation in which people
// ask for it, and the fate of each packet, drawn the same way by the simulated network and by the agent on a host.
//
//   delay:100ms~20ms~normal   100 ms longer, give or take 20 ms (uniform, normal: the standard deviation, or exponential: the
//                             mean of a tail on top)
//   loss:5%~8                 every twentieth packet is lost, eight in a row on average (a Gilbert model); without "~8" each
//                             packet for itself
//   duplicate:1%  reorder:10%~5ms  corrupt:0.1%   reordered: up to 5 ms later than its turn
//   rate:10mbit               bits per second, with the headers down to Ethernet's
//
// several joined by "+": "delay:50ms~5ms+loss:1%".
//
// Thread safety: none. Units: nanoseconds, parts per million, bits per second. Errors: nullopt for what is no such text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/rng.h"
#include "harness/core/time.h"

namespace assay {

struct PacketQuality {
  enum class Spread : std::uint8_t { uniform, normal, exponential };

  Nanos delay = 0;
  Nanos jitter = 0;
  Spread spread = Spread::uniform;
  std::int64_t loss_ppm = 0;
  std::int64_t loss_burst = 1;  // packets lost in a row, on average
  std::int64_t duplicate_ppm = 0;
  std::int64_t reorder_ppm = 0;
  Nanos reorder_delay_max = 5 * kMillisecond;
  std::int64_t corrupt_ppm = 0;
  std::int64_t rate = 0;  // bits per second; 0: unlimited

  friend bool operator==(const PacketQuality&, const PacketQuality&) = default;

  // What half of the packets take longer than.
  Nanos median_delay() const;
};

// At most an hour, 90 % (loss, duplication, reordering, corruption), 100 gbit; something must be asked for.
std::optional<PacketQuality> parse_packet_quality(std::string_view text);
// What parse_packet_quality() reads back exactly.
std::string format_packet_quality(const PacketQuality& quality);

// One direction of one link: what becomes of packet after packet. Each draws its delay for itself, so that jitter lets packets
// overtake each other, as netem does; without jitter they keep their order unless one is drawn to be reordered. What waits
// for its turn at a limited rate is bounded; beyond that packets are lost, as in a router's queue.
class PacketFates {
 public:
  static constexpr Nanos kQueueMax = 500 * kMillisecond;

  struct Fate {
    int copies = 1;  // 0: lost
    bool corrupted = false;
    bool reordered = false;    // it need not keep behind those before it
    bool overflowed = false;   // lost because too many waited
    Nanos leaves[2] = {0, 0};  // when each copy goes on
  };

  PacketFates(const PacketQuality& quality, Rng rng) : quality_(quality), rng_(rng) {}

  const PacketQuality& quality() const { return quality_; }
  // Of a packet that comes at `now` with so many bytes. Requires: `now` never goes back.
  Fate next(Nanos now, std::int64_t size_bytes);

 private:
  bool lose();
  Nanos draw_delay();

  PacketQuality quality_;
  Rng rng_;
  bool in_burst_ = false;
  Nanos free_at_ = 0;  // when the next packet may leave at the limited rate
};

}  // namespace assay
