#include "targets/refdb/multi_leader/messages.h"

namespace assay::refdb::multi_leader {

namespace {

void write_edits(wire::Writer& writer, const OrderedEdits& edits) {
  writer.signed_number(edits.key);
  writer.number(edits.first_revision);
  writer.number(edits.first_stands_for);
  writer.number(edits.edits.size());
  for (const OrderedEdit& edit : edits.edits) {
    writer.number(edit.author);
    writer.number(edit.number);
    edit.edit.write(writer);
  }
}

OrderedEdits read_edits(wire::Reader& reader) {
  OrderedEdits edits;
  edits.key = reader.signed_number();
  edits.first_revision = reader.number();
  edits.first_stands_for = reader.number();
  if (edits.first_stands_for == 0 || edits.first_stands_for > kStandsForMax ||
      (edits.first_stands_for > 1 && edits.first_revision != 1))
    reader.fail();
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    OrderedEdit edit;
    edit.author = reader.number();
    edit.number = reader.number();
    edit.edit = text::TextOperation::read(reader);
    edits.edits.push_back(std::move(edit));
  }
  return edits;
}

void write_hello(wire::Writer& writer, const Message& message) {
  message.has.write(writer);
  writer.byte(message.leads ? 1 : 0);
  writer.number(message.text_revisions.size());
  for (const auto& [key, revision] : message.text_revisions) {
    writer.signed_number(key);
    writer.number(revision);
  }
}

void read_hello(wire::Reader& reader, Message& message) {
  message.has = VersionVector::read(reader);
  message.leads = reader.byte() != 0;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const Key key = reader.signed_number();
    message.text_revisions[key] = reader.number();
  }
}

void write_updates(wire::Writer& writer, const std::vector<Forwarded>& updates) {
  writer.number(updates.size());
  for (const Forwarded& forwarded : updates) {
    writer.number(forwarded.hops);
    writer.bytes(forwarded.update);
  }
}

void read_updates(wire::Reader& reader, std::vector<Forwarded>& updates) {
  const std::uint64_t count = reader.number();
  if (count > kUpdatesMax) reader.fail();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Forwarded forwarded;
    forwarded.hops = static_cast<std::uint32_t>(reader.number());
    forwarded.update = reader.bytes(wire::kMessageBytesMax);
    updates.push_back(std::move(forwarded));
  }
}

void read_state(wire::Reader& reader, StatePiece& piece) {
  piece.id = reader.number();
  const std::uint64_t index = reader.number(), count = reader.number();
  if (count == 0 || count > kStatePiecesMax || index >= count) reader.fail();
  piece.index = static_cast<std::uint32_t>(index);
  piece.count = static_cast<std::uint32_t>(count);
  piece.bytes = reader.bytes(kStatePieceBytes);
}

std::optional<Message> decode_body(std::string_view body) {
  wire::Reader reader(body);
  Message message;
  const std::uint8_t kind = reader.byte();
  message.kind = static_cast<MessageKind>(kind);
  switch (message.kind) {
    case MessageKind::updates:
      read_updates(reader, message.updates);
      break;
    case MessageKind::hello:
      read_hello(reader, message);
      break;
    case MessageKind::state:
      read_state(reader, message.state);
      break;
    case MessageKind::edit:
      message.edit.key = reader.signed_number();
      message.edit.author = reader.number();
      message.edit.number = reader.number();
      message.edit.revision = reader.number();
      message.edit.edit = text::TextOperation::read(reader);
      break;
    case MessageKind::edits:
      message.edits = read_edits(reader);
      break;
    default:
      return std::nullopt;
  }
  if (!reader.finished()) return std::nullopt;
  return message;
}

}  // namespace

std::string encode_update(const Update& update) {
  std::string bytes;
  wire::Writer writer(bytes);
  clocks::write_dot(writer, update.id);
  update.known.write(writer);
  clocks::write_time(writer, update.time);
  writer.signed_number(update.wall);
  writer.number(update.changes.size());
  for (const auto& [key, cell] : update.changes) {
    writer.signed_number(key);
    cell.write(writer);
  }
  return bytes;
}

std::optional<Update> decode_update(std::string_view bytes) {
  wire::Reader reader(bytes);
  Update update;
  update.id = clocks::read_dot(reader);
  update.known = VersionVector::read(reader);
  update.time = clocks::read_time(reader);
  update.wall = reader.signed_number();
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const Key key = reader.signed_number();
    update.changes.emplace_back(key, crdt::Cell::read(reader));
  }
  if (!reader.finished()) return std::nullopt;
  return update;
}

std::string encode_message(const Message& message, std::uint64_t cluster_id) {
  std::string bytes;
  wire::begin_peer_message(bytes, cluster_id);
  wire::Writer writer(bytes);
  writer.byte(static_cast<std::uint8_t>(message.kind));
  switch (message.kind) {
    case MessageKind::updates:
      write_updates(writer, message.updates);
      break;
    case MessageKind::hello:
      write_hello(writer, message);
      break;
    case MessageKind::state:
      writer.number(message.state.id);
      writer.number(message.state.index);
      writer.number(message.state.count);
      writer.bytes(message.state.bytes);
      break;
    case MessageKind::edit:
      writer.signed_number(message.edit.key);
      writer.number(message.edit.author);
      writer.number(message.edit.number);
      writer.number(message.edit.revision);
      message.edit.edit.write(writer);
      break;
    case MessageKind::edits:
      write_edits(writer, message.edits);
      break;
  }
  wire::seal(bytes);
  return bytes;
}

DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id) {
  return wire::decode_peer_message(payload, cluster_id, &decode_body);
}

}  // namespace assay::refdb::multi_leader
