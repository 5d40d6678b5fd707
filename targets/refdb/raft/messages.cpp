#include "targets/refdb/raft/messages.h"

#include <utility>

#include "targets/refdb/raft/log_rows.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::raft {

namespace {

enum Flag : std::uint8_t { kRefused = 1, kLastChunk = 2 };

}  // namespace

std::string encode_message(const Message& message, std::uint64_t cluster_id) {
  std::size_t size = 64 + message.chunk.size();
  for (const Entry& entry : message.entries) size += 24 + entry.command().size();
  std::string out;
  out.reserve(size);
  wire::begin_peer_message(out, cluster_id);
  wire::Writer writer(out);
  writer.byte(static_cast<std::uint8_t>(message.kind));
  writer.byte(
      static_cast<std::uint8_t>((message.refused ? kRefused : 0) | (message.last_chunk ? kLastChunk : 0)));
  writer.number(message.term);
  writer.number(message.index);
  writer.number(message.log_term);
  writer.number(message.commit);
  writer.number(message.hint_index);
  writer.number(message.round);
  writer.number(message.offset);
  writer.number(message.entries.size());
  for (const Entry& entry : message.entries) write_entry(writer, entry);
  writer.bytes(message.chunk);
  wire::seal(out);
  return out;
}

std::optional<Message> decode_message_body(std::string_view body) {
  wire::Reader reader(body);
  Message message;
  const std::uint8_t kind = reader.byte();
  if (kind < static_cast<std::uint8_t>(MessageKind::pre_vote_request) ||
      kind > static_cast<std::uint8_t>(MessageKind::snapshot_answer)) {
    return std::nullopt;
  }
  message.kind = static_cast<MessageKind>(kind);
  const std::uint8_t flags = reader.byte();
  if (flags > (kRefused | kLastChunk)) return std::nullopt;
  message.refused = (flags & kRefused) != 0;
  message.last_chunk = (flags & kLastChunk) != 0;
  message.term = reader.number();
  message.index = reader.number();
  message.log_term = reader.number();
  message.commit = reader.number();
  message.hint_index = reader.number();
  message.round = reader.number();
  message.offset = reader.number();
  const std::uint64_t count = reader.number();
  // Far from overflow, so that index + 1 and the like are safe everywhere.
  constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 62;
  if (!reader.ok() || message.term > kNumberMax || message.index > kNumberMax ||
      message.commit > kNumberMax || message.hint_index > kNumberMax || count > kEntriesPerMessageMax ||
      count > reader.left()) {
    return std::nullopt;
  }
  message.entries.reserve(count);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    message.entries.push_back(read_entry(reader, message.index + 1 + i));
  }
  message.chunk = reader.bytes(wire::kMessageBytesMax);
  if (!reader.finished()) return std::nullopt;
  return message;
}

DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id) {
  return wire::decode_peer_message(payload, cluster_id, &decode_message_body);
}

}  // namespace assay::refdb::raft
