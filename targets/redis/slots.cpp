#include "targets/redis/slots.h"

#include <boost/asio/ip/address.hpp>
#include <boost/crc.hpp>
#include <charconv>
#include <string>

namespace assay::redis {

using boost::asio::ip::tcp;

namespace {

using Crc16 = boost::crc_optimal<16, 0x1021, 0, 0, false, false>;  // XMODEM

std::optional<tcp::endpoint> endpoint_at(const std::string& address, std::int64_t port) {
  boost::system::error_code error;
  const auto number = boost::asio::ip::make_address(address, error);
  if (error || port <= 0 || port > UINT16_MAX) return std::nullopt;
  return tcp::endpoint(number, static_cast<std::uint16_t>(port));
}

bool is_slot(const Reply& reply) {
  return reply.kind == Reply::Kind::integer && reply.integer >= 0 && reply.integer < kSlotCount;
}

}  // namespace

std::uint16_t slot_of(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  Crc16 crc;
  crc.process_bytes(key.data(), key.size());
  return static_cast<std::uint16_t>(crc.checksum() % kSlotCount);
}

std::optional<SlotMap> SlotMap::parse(const Reply& reply) {
  if (reply.kind != Reply::Kind::list) return std::nullopt;
  SlotMap map;
  for (const Reply& range : reply.elements) {
    if (range.elements.size() < 3 || !is_slot(range.elements[0]) || !is_slot(range.elements[1]))
      return std::nullopt;
    const std::vector<Reply>& primary = range.elements[2].elements;
    if (primary.size() < 2) return std::nullopt;
    const auto endpoint = endpoint_at(primary[0].text, primary[1].integer);
    if (!endpoint) continue;  // nobody knows where it is now
    map.ranges_[static_cast<std::uint16_t>(range.elements[1].integer)] = {
        static_cast<std::uint16_t>(range.elements[0].integer), *endpoint};
  }
  if (map.ranges_.empty()) return std::nullopt;
  return map;
}

std::optional<tcp::endpoint> SlotMap::primary_of(std::uint16_t slot) const {
  const auto range = ranges_.lower_bound(slot);
  if (range == ranges_.end() || range->second.first > slot) return std::nullopt;
  return range->second.primary;
}

std::optional<Redirection> redirection(std::string_view error) {
  const bool moved = error.starts_with("MOVED "), once = error.starts_with("ASK ");
  const std::size_t place = error.rfind(' '), colon = error.rfind(':');
  if ((!moved && !once) || colon == std::string_view::npos || colon < place) return std::nullopt;
  std::int64_t port = 0;
  const std::string_view digits = error.substr(colon + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const auto endpoint = endpoint_at(std::string(error.substr(place + 1, colon - place - 1)), port);
  if (!endpoint) return std::nullopt;
  return Redirection{once, *endpoint};
}

}  // namespace assay::redis
