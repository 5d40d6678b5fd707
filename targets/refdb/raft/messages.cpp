#include "targets/refdb/raft/messages.h"

#include <utility>

#include "targets/refdb/raft/log_rows.h"
#include "targets/refdb/raft/membership.h"
#include "targets/refdb/wire/bytes.h"
#include "targets/refdb/wire/crc32c.h"

namespace assay::refdb::raft {

namespace {

// First byte of a command in the newer format; in the older one it would be client 0, which there is not.
constexpr char kNewerCommand = '\0';

std::uint32_t checksum_of(const Entry& entry) { return crc32c(encode_entry(entry)); }

enum Flag : std::uint8_t { kRefused = 1, kLastChunk = 2, kAskedByLeader = 4 };

}  // namespace

std::string encode_message(const Message& message, std::uint64_t cluster_id, int level) {
  std::size_t size = 64 + message.chunk.size();
  for (const Entry& entry : message.entries) size += 24 + entry.command().size();
  std::string out;
  out.reserve(size);
  wire::begin_peer_message(out, cluster_id, static_cast<std::uint8_t>(level));
  wire::Writer writer(out);
  writer.byte(static_cast<std::uint8_t>(message.kind));
  writer.byte(static_cast<std::uint8_t>((message.refused ? kRefused : 0) |
                                        (message.last_chunk ? kLastChunk : 0) |
                                        (message.asked_by_leader ? kAskedByLeader : 0)));
  writer.number(message.term);
  writer.number(message.index);
  writer.number(message.log_term);
  writer.number(message.commit);
  writer.number(message.hint_index);
  writer.number(message.round);
  writer.number(message.offset);
  writer.number(message.entries.size());
  for (const Entry& entry : message.entries) {
    write_entry(writer, entry);
    if (level >= kNewerLevel) writer.number(checksum_of(entry));
  }
  writer.bytes(message.chunk);
  if (!message.voters.empty()) writer.raw(encode_voters(message.voters));
  wire::seal(out);
  return out;
}

std::optional<Message> decode_message_body(std::string_view body, int level) {
  wire::Reader reader(body);
  Message message;
  const std::uint8_t kind = reader.byte();
  if (kind < static_cast<std::uint8_t>(MessageKind::pre_vote_request) ||
      kind > static_cast<std::uint8_t>(MessageKind::timeout_now)) {
    return std::nullopt;
  }
  message.kind = static_cast<MessageKind>(kind);
  const std::uint8_t flags = reader.byte();
  if (flags > (kRefused | kLastChunk | kAskedByLeader)) return std::nullopt;
  message.refused = (flags & kRefused) != 0;
  message.last_chunk = (flags & kLastChunk) != 0;
  message.asked_by_leader = (flags & kAskedByLeader) != 0;
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
    if (level >= kNewerLevel && reader.number() != checksum_of(message.entries.back())) reader.fail();
  }
  message.chunk = reader.bytes(wire::kMessageBytesMax);
  if (!reader.ok()) return std::nullopt;
  if (reader.left() > 0) {
    auto voters = decode_voters(reader.rest(), std::size_t{1} << 16);
    if (!voters) return std::nullopt;
    message.voters = std::move(*voters);
  }
  return message;
}

DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id, int level_max) {
  DecodedMessage decoded;
  const wire::Opened opened =
      wire::open_peer_message(payload, cluster_id, static_cast<std::uint8_t>(level_max));
  decoded.trouble = opened.trouble;
  decoded.level = opened.version;
  if (opened.trouble != wire::Trouble::none) return decoded;
  if (std::optional<Message> message = decode_message_body(opened.body, decoded.level)) {
    decoded.message = std::move(*message);
  } else {
    decoded.trouble = wire::Trouble::garbage;
  }
  return decoded;
}

std::string in_newer_format(std::string_view command) {
  std::string out(1, kNewerCommand);
  wire::Writer writer(out);
  writer.number(crc32c(command));
  writer.raw(command);
  return out;
}

std::string_view from_newer_format(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kNewerCommand) return bytes;
  wire::Reader reader(bytes.substr(1));
  const std::uint64_t checksum = reader.number();
  return reader.ok() && checksum == crc32c(reader.rest()) ? reader.rest() : bytes;
}

}  // namespace assay::refdb::raft
