#include "targets/refdb/wire/envelope.h"

#include "harness/core/rng.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::wire {

namespace {

// Different first bytes, so that a client's message sent to a peer port is garbage there.
constexpr std::uint8_t kClientMagic = 0xc1;
constexpr std::uint8_t kPeerMagic = 0xa5;
constexpr std::size_t kChecksumBytes = 4;

std::uint32_t checksum(std::string_view bytes) {
  const std::uint64_t hash = stable_hash(bytes);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

// The bytes between magic and checksum, when both are right.
Opened unseal(std::string_view message, std::uint8_t magic, std::uint8_t version_max) {
  constexpr Opened kGarbage = {Trouble::garbage, {}, 0};
  if (message.size() < 2 + kChecksumBytes || message.size() > kMessageBytesMax) return kGarbage;
  if (static_cast<std::uint8_t>(message[0]) != magic) return kGarbage;
  const auto version = static_cast<std::uint8_t>(message[1]);
  if (version < kProtocolVersion || version > version_max) return {Trouble::unknown_version, {}, version};
  const std::size_t end = message.size() - kChecksumBytes;
  std::uint32_t stored = 0;
  for (std::size_t i = 0; i < kChecksumBytes; ++i) {
    stored |= static_cast<std::uint32_t>(static_cast<unsigned char>(message[end + i])) << (8 * i);
  }
  if (stored != checksum(message.substr(0, end))) return kGarbage;
  return {Trouble::none, message.substr(2, end - 2), version};
}

}  // namespace

void begin_client_message(std::string& out) {
  Writer writer(out);
  writer.byte(kClientMagic);
  writer.byte(kProtocolVersion);
}

void begin_peer_message(std::string& out, std::uint64_t cluster_id, std::uint8_t version) {
  Writer writer(out);
  writer.byte(kPeerMagic);
  writer.byte(version);
  writer.fixed(cluster_id);
}

void seal(std::string& message) {
  const std::uint32_t sum = checksum(message);
  for (std::size_t i = 0; i < kChecksumBytes; ++i) message.push_back(static_cast<char>(sum >> (8 * i)));
}

Opened open_client_message(std::string_view message) {
  return unseal(message, kClientMagic, kProtocolVersion);
}

Opened open_peer_message(std::string_view message, std::uint64_t cluster_id, std::uint8_t version_max) {
  Opened opened = unseal(message, kPeerMagic, version_max);
  if (opened.trouble != Trouble::none) return opened;
  Reader reader(opened.body);
  const std::uint64_t cluster = reader.fixed();
  if (!reader.ok()) return {Trouble::garbage, {}, 0};
  if (cluster != cluster_id) return {Trouble::foreign_cluster, {}, opened.version};
  return {Trouble::none, reader.rest(), opened.version};
}

}  // namespace assay::refdb::wire
