// Which server of a Redis Cluster has which key: keys are in one of 16,384 slots, and each slot is one primary's
// (https://redis.io/docs/reference/cluster-spec/).
//
// Thread safety: plain values and pure functions.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "targets/redis/resp.h"

namespace assay::redis {

inline constexpr std::uint16_t kSlotCount = 16'384;
// CRC16 of the key, or of what stands between its first braces.
std::uint16_t slot_of(std::string_view key);

class SlotMap {
 public:
  // What CLUSTER SLOTS says; nothing when it is none of its replies, or when it has no slots.
  static std::optional<SlotMap> parse(const Reply& reply);

  // The slot's primary; nothing while no server has it.
  std::optional<boost::asio::ip::tcp::endpoint> primary_of(std::uint16_t slot) const;

 private:
  struct Range {
    std::uint16_t first = 0;
    boost::asio::ip::tcp::endpoint primary;
  };
  std::map<std::uint16_t, Range> ranges_;  // by the last slot
};

// "MOVED 3999 10.0.0.1:6379" and "ASK 3999 10.0.0.1:6379": somebody else has the slot, or has it for this one request.
struct Redirection {
  bool once = false;  // ASK
  boost::asio::ip::tcp::endpoint to;
};
std::optional<Redirection> redirection(std::string_view error);

}  // namespace assay::redis
