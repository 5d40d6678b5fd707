#include "targets/refdb/leaderless/messages.h"

#include "targets/refdb/wire/bytes.h"
#include "targets/refdb/wire/values.h"

namespace assay::refdb::leaderless {

namespace {

enum Flag : std::uint8_t { kRefused = 1, kWantsBack = 2 };

}  // namespace

void write_ballot(wire::Writer& writer, const Ballot& ballot) {
  writer.number(ballot.round);
  writer.number(ballot.node);
  writer.number(ballot.life);
}

Ballot read_ballot(wire::Reader& reader) {
  Ballot ballot;
  ballot.round = reader.number();
  const std::uint64_t node = reader.number();
  if (node > 0xffff || ballot.round > (std::uint64_t{1} << 62)) reader.fail();
  ballot.node = static_cast<PeerId>(node);
  ballot.life = reader.number();
  return ballot;
}

namespace {

void write_lists(wire::Writer& writer, const Message& message) {
  writer.number(message.beats.size());
  for (const HeartBeat& beat : message.beats) {
    writer.number(beat.generation);
    writer.number(beat.beats);
  }
  writer.number(message.hashes.size());
  for (const auto& [node, hash] : message.hashes) {
    writer.number(node);
    writer.fixed(hash);
  }
  writer.number(message.cells.size());
  for (const auto& [key, cell] : message.cells) {
    writer.signed_number(key);
    cell.write_to(writer);
  }
}

std::uint64_t read_count(wire::Reader& reader, std::size_t count_max) {
  const std::uint64_t count = reader.number();
  if (count > count_max || count > reader.left()) reader.fail();
  return reader.ok() ? count : 0;
}

std::uint32_t read_small(wire::Reader& reader) {
  const std::uint64_t number = reader.number();
  if (number > UINT32_MAX) reader.fail();
  return static_cast<std::uint32_t>(number);
}

void read_lists(wire::Reader& reader, Message& message) {
  message.beats.resize(read_count(reader, 0x10000));
  for (HeartBeat& beat : message.beats) {
    beat.generation = reader.number();
    beat.beats = reader.number();
  }
  message.hashes.resize(read_count(reader, kHashesMax));
  for (auto& [node, hash] : message.hashes) {
    node = read_small(reader);
    hash = reader.fixed();
  }
  const std::uint64_t cells = read_count(reader, kCellsMax);
  for (std::uint64_t i = 0; i < cells && reader.ok(); ++i) {
    const Key key = reader.signed_number();
    message.cells.emplace_back(key, Cell::read_from(reader));
  }
}

}  // namespace

std::string encode_message(const Message& message, std::uint64_t cluster_id) {
  std::string out;
  wire::begin_peer_message(out, cluster_id);
  wire::Writer writer(out);
  writer.byte(static_cast<std::uint8_t>(message.kind));
  writer.byte(
      static_cast<std::uint8_t>((message.refused ? kRefused : 0) | (message.wants_back ? kWantsBack : 0)));
  writer.number(message.id);
  writer.signed_number(message.key);
  message.cell.write_to(writer);
  writer.number(message.hint_for ? *message.hint_for + 1u : 0u);
  writer.number(message.group);
  writer.number(message.leaf);
  write_ballot(writer, message.ballot);
  write_ballot(writer, message.accepted_ballot);
  wire::write_value(writer, message.value);
  write_lists(writer, message);
  wire::seal(out);
  return out;
}

std::optional<Message> decode_message_body(std::string_view body) {
  wire::Reader reader(body);
  Message message;
  const std::uint8_t kind = reader.byte();
  if (kind < static_cast<std::uint8_t>(MessageKind::put) ||
      kind > static_cast<std::uint8_t>(MessageKind::accepted)) {
    return std::nullopt;
  }
  message.kind = static_cast<MessageKind>(kind);
  const std::uint8_t flags = reader.byte();
  if (flags > (kRefused | kWantsBack)) return std::nullopt;
  message.refused = (flags & kRefused) != 0;
  message.wants_back = (flags & kWantsBack) != 0;
  message.id = reader.number();
  message.key = reader.signed_number();
  message.cell = Cell::read_from(reader);
  const std::uint64_t hint = reader.number();
  if (hint > 0x10000) return std::nullopt;
  if (hint > 0) message.hint_for = static_cast<PeerId>(hint - 1);
  message.group = read_small(reader);
  message.leaf = read_small(reader);
  message.ballot = read_ballot(reader);
  message.accepted_ballot = read_ballot(reader);
  message.value = wire::read_value(reader);
  read_lists(reader, message);
  if (!reader.finished()) return std::nullopt;
  return message;
}

DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id) {
  return wire::decode_peer_message(payload, cluster_id, &decode_message_body);
}

}  // namespace assay::refdb::leaderless
