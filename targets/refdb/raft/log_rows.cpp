#include "targets/refdb/raft/log_rows.h"

#include <algorithm>
#include <utility>

#include "targets/refdb/kv/rows.h"
#include "targets/refdb/wire/envelope.h"

namespace assay::refdb::raft {

std::string log_row(Index index) {
  std::string out(kLogPrefix);
  wire::append_big_endian(out, index);
  return out;
}

void write_entry(wire::Writer& writer, const Entry& entry) {
  writer.number(entry.term);
  writer.byte(static_cast<std::uint8_t>(entry.kind));
  if (entry.kind != EntryKind::empty) writer.bytes(entry.command());
}

Entry read_entry(wire::Reader& reader, Index index) {
  Entry entry;
  entry.index = index;
  entry.term = reader.number();
  const std::uint8_t kind = reader.byte();
  if (kind > static_cast<std::uint8_t>(EntryKind::configuration)) {
    reader.fail();
    return entry;
  }
  entry.kind = static_cast<EntryKind>(kind);
  if (entry.kind != EntryKind::empty) {
    entry.data = std::make_shared<const std::string>(reader.bytes(wire::kMessageBytesMax));
  }
  return entry;
}

std::string encode_entry(const Entry& entry) {
  std::string out;
  out.reserve(16 + entry.command().size());
  wire::Writer writer(out);
  write_entry(writer, entry);
  return out;
}

std::string encode_hard_state(const HardState& state) {
  std::string out;
  wire::Writer writer(out);
  writer.number(state.term);
  writer.number(state.vote ? *state.vote + 1u : 0u);
  writer.number(state.commit);
  return out;
}

std::string encode_compacted(Index index, Term term, std::string_view voters) {
  std::string out;
  wire::Writer writer(out);
  writer.number(index);
  writer.number(term);
  writer.raw(voters);
  return out;
}

StoredState read_stored_state(const StorageReader& storage) {
  StoredState state;
  storage.scan(kHardStateRow, [&](std::string_view key, std::string_view bytes) {
    if (key != kHardStateRow) return;
    wire::Reader reader(bytes);
    state.hard_state.term = reader.number();
    const std::uint64_t vote = reader.number();
    if (vote > 0) state.hard_state.vote = static_cast<PeerId>(vote - 1);
    state.hard_state.commit = reader.number();
  });
  storage.scan(kCompactedRow, [&](std::string_view key, std::string_view bytes) {
    if (key != kCompactedRow) return;
    wire::Reader reader(bytes);
    state.compacted_index = reader.number();
    state.compacted_term = reader.number();
    state.voters = std::string(reader.rest());
  });
  Index next = state.compacted_index + 1;
  storage.scan(kLogPrefix, [&](std::string_view key, std::string_view bytes) {
    const auto index = rows::row_number(key, kLogPrefix);
    if (!index) return;
    state.last_row = std::max(state.last_row, *index);
    wire::Reader reader(bytes);
    Entry entry = read_entry(reader, *index);
    if (*index != next || !reader.finished()) return;
    state.entries.push_back(std::move(entry));
    ++next;
  });
  return state;
}

}  // namespace assay::refdb::raft
