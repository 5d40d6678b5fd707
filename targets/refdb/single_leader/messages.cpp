#include "targets/refdb/single_leader/messages.h"

#include <utility>

#include "targets/refdb/raft/log_rows.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::single_leader {

namespace {

enum Flag : std::uint8_t {
  kRefused = 1,
  kNeedsSnapshot = 2,
  kSynchronous = 4,
  kHeartbeat = 8,
  kLeaderLives = 16,
  kLastPiece = 32,
};
constexpr unsigned kAllFlags = 63;

std::uint8_t flags_of(const Message& message) {
  unsigned flags = 0;
  if (message.refused) flags |= kRefused;
  if (message.needs_snapshot) flags |= kNeedsSnapshot;
  if (message.synchronous) flags |= kSynchronous;
  if (message.heartbeat) flags |= kHeartbeat;
  if (message.leader_lives) flags |= kLeaderLives;
  if (message.last_piece) flags |= kLastPiece;
  return static_cast<std::uint8_t>(flags);
}

void set_flags(Message& message, unsigned flags) {
  message.refused = (flags & kRefused) != 0;
  message.needs_snapshot = (flags & kNeedsSnapshot) != 0;
  message.synchronous = (flags & kSynchronous) != 0;
  message.heartbeat = (flags & kHeartbeat) != 0;
  message.leader_lives = (flags & kLeaderLives) != 0;
  message.last_piece = (flags & kLastPiece) != 0;
}

// Far from overflow, so that lsn + 1 and the like are safe everywhere.
bool is_sane(const Message& message) {
  constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 62;
  return message.epoch <= kNumberMax && message.position.epoch <= kNumberMax &&
         message.position.lsn <= kNumberMax && message.commit <= kNumberMax &&
         message.refused_at <= kNumberMax && message.offset <= kNumberMax && message.round <= kNumberMax;
}

}  // namespace

std::string encode_message(const Message& message, std::uint64_t cluster_id) {
  std::size_t size = 80 + message.piece.size();
  for (const Entry& entry : message.entries) size += 24 + entry.command().size();
  std::string out;
  out.reserve(size);
  wire::begin_peer_message(out, cluster_id);
  wire::Writer writer(out);
  writer.byte(static_cast<std::uint8_t>(message.kind));
  writer.byte(flags_of(message));
  writer.number(message.shard);
  writer.number(message.epoch);
  writer.number(message.position.epoch);
  writer.number(message.position.lsn);
  writer.number(message.commit);
  writer.number(message.refused_at);
  writer.number(message.round);
  writer.number(message.offset);
  writer.signed_number(message.since);
  writer.number(message.entries.size());
  for (const Entry& entry : message.entries) raft::write_entry(writer, entry);
  writer.bytes(message.piece);
  wire::seal(out);
  return out;
}

std::optional<Message> decode_message_body(std::string_view body) {
  wire::Reader reader(body);
  Message message;
  const std::uint8_t kind = reader.byte();
  if (kind < 1 || kind > kMessageKindMax) return std::nullopt;
  message.kind = static_cast<MessageKind>(kind);
  const std::uint8_t flags = reader.byte();
  if (flags > kAllFlags) return std::nullopt;
  set_flags(message, flags);
  message.shard = reader.number();
  message.epoch = reader.number();
  message.position.epoch = reader.number();
  message.position.lsn = reader.number();
  message.commit = reader.number();
  message.refused_at = reader.number();
  message.round = reader.number();
  message.offset = reader.number();
  message.since = reader.signed_number();
  const std::uint64_t count = reader.number();
  if (!reader.ok() || !is_sane(message) || count > kEntriesPerMessageMax || count > reader.left()) {
    return std::nullopt;
  }
  message.entries.reserve(count);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    message.entries.push_back(raft::read_entry(reader, message.position.lsn + 1 + i));
  }
  message.piece = reader.bytes(wire::kMessageBytesMax);
  if (!reader.finished()) return std::nullopt;
  return message;
}

DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id) {
  return wire::decode_peer_message(payload, cluster_id, &decode_message_body);
}

}  // namespace assay::refdb::single_leader
