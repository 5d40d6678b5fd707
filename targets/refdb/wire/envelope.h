// What surrounds every message of refdb: a version in front and a checksum behind; between peers also the id
// of the cluster. A message that fails here is dropped and counted, it never reaches a protocol.
//
// The checksum (32 bits, folded from FNV-1a) is there because a fault injector may change bytes under TCP's
// own checksum; it is no protection against an adversary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace assay::refdb::wire {

inline constexpr std::uint8_t kProtocolVersion = 1;
// Of peers that have agreed on it, in modes that know how.
inline constexpr std::uint8_t kNewerProtocolVersion = 2;

// No message is longer; a receiver may close a connection that announces more.
inline constexpr std::size_t kMessageBytesMax = 16 * 1024 * 1024;

enum class Trouble : std::uint8_t { none, garbage, unknown_version, foreign_cluster };

struct Opened {
  Trouble trouble = Trouble::none;
  std::string_view body;  // inside the message that was opened
  std::uint8_t version = kProtocolVersion;
};

// Write the body after begin_...(), then seal() once.
void begin_client_message(std::string& out);
void begin_peer_message(std::string& out, std::uint64_t cluster_id, std::uint8_t version = kProtocolVersion);
void seal(std::string& message);

Opened open_client_message(std::string_view message);
// Versions up to that one are understood.
Opened open_peer_message(std::string_view message, std::uint64_t cluster_id,
                         std::uint8_t version_max = kProtocolVersion);

// A message between peers that was opened and decoded, or what is wrong with it.
template <typename Message>
struct Decoded {
  Trouble trouble = Trouble::none;
  Message message;
};

// `decode_body` makes an optional Message of what is inside the envelope.
template <typename Message>
Decoded<Message> decode_peer_message(std::string_view payload, std::uint64_t cluster_id,
                                     std::optional<Message> (*decode_body)(std::string_view body)) {
  Decoded<Message> decoded;
  const Opened opened = open_peer_message(payload, cluster_id);
  decoded.trouble = opened.trouble;
  if (opened.trouble != Trouble::none) return decoded;
  if (std::optional<Message> message = decode_body(opened.body)) {
    decoded.message = std::move(*message);
  } else {
    decoded.trouble = Trouble::garbage;
  }
  return decoded;
}

}  // namespace assay::refdb::wire
