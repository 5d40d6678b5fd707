#include "targets/refdb/multi_leader/cell_store.h"

#include <utility>

#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr std::string_view kCellPrefix = "k/";
constexpr std::string_view kClientPrefix = "c/";
constexpr std::string_view kAppliedRow = "v";

std::string numbered_row(std::string_view prefix, std::uint64_t number) {
  std::string row(prefix);
  wire::append_big_endian(row, number);
  return row;
}

std::optional<std::uint64_t> row_number(std::string_view row, std::string_view prefix) {
  if (row.size() != prefix.size() + 8) return std::nullopt;
  return wire::read_big_endian(row.substr(prefix.size()));
}

}  // namespace

void CellStore::load(const StorageReader& storage) {
  storage.scan(kAppliedRow, [&](std::string_view row, std::string_view bytes) {
    if (row != kAppliedRow) return;
    wire::Reader reader(bytes);
    applied_ = VersionVector::read(reader);
    clock_ = clocks::read_time(reader);
    self_ = reader.number();
    self_stored_ = reader.finished();
  });
  storage.scan(kCellPrefix, [&](std::string_view row, std::string_view bytes) {
    const auto key = row_number(row, kCellPrefix);
    wire::Reader reader(bytes);
    crdt::Cell cell = crdt::Cell::read(reader);
    if (key && reader.finished()) cells_[static_cast<Key>(*key)] = std::move(cell);
  });
  storage.scan(kClientPrefix, [&](std::string_view row, std::string_view bytes) {
    const auto client = row_number(row, kClientPrefix);
    wire::Reader reader(bytes);
    const std::uint64_t number = reader.number();
    const std::string_view body = reader.bytes(wire::kMessageBytesMax);
    if (client && reader.finished()) remember(*client, number, body);
  });
  changed_clients_.clear();
}

const crdt::Cell& CellStore::cell(Key key) const {
  static const crdt::Cell kNothing = {};
  const auto found = cells_.find(key);
  return found == cells_.end() ? kNothing : found->second;
}

const CellStore::Answered* CellStore::answered(std::uint64_t client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? nullptr : &found->second.answered;
}

void CellStore::remember(std::uint64_t client, std::uint64_t number, std::string_view body) {
  Client& entry = clients_[client];
  clients_by_age_.erase(entry.age);
  entry.age = next_age_++;
  entry.answered = {number, std::string(body)};
  clients_by_age_[entry.age] = client;
  changed_clients_.insert(client);
  if (clients_.size() <= kClientsMax) return;
  const std::uint64_t oldest = clients_by_age_.begin()->second;
  clients_by_age_.erase(clients_by_age_.begin());
  clients_.erase(oldest);
  changed_clients_.insert(oldest);
}

std::string CellStore::encode_state() const {
  std::string bytes;
  wire::Writer writer(bytes);
  applied_.write(writer);
  clocks::write_time(writer, clock_);
  writer.number(cells_.size());
  for (const auto& [key, cell] : cells_) {
    writer.signed_number(key);
    cell.write(writer);
  }
  return bytes;
}

std::optional<CellStore::State> CellStore::decode_state(std::string_view bytes) {
  wire::Reader reader(bytes);
  State state;
  state.applied = VersionVector::read(reader);
  state.clock = clocks::read_time(reader);
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const Key key = reader.signed_number();
    state.cells[key] = crdt::Cell::read(reader);
  }
  if (!reader.finished()) return std::nullopt;
  return state;
}

void CellStore::merge(const State& state) {
  for (const auto& [key, cell] : state.cells) change(key).merge(cell);
  applied_.merge(state.applied);
  applied_changed_ = true;
}

void CellStore::take_writes(Effects& effects) {
  for (const Key key : changed_) {
    std::string bytes;
    wire::Writer writer(bytes);
    cells_[key].write(writer);
    effects.writes.push_back({numbered_row(kCellPrefix, static_cast<std::uint64_t>(key)), std::move(bytes)});
  }
  changed_.clear();
  for (const std::uint64_t client : changed_clients_) {
    const Answered* answer = answered(client);
    std::optional<std::string> bytes;
    if (answer != nullptr) {
      bytes.emplace();
      wire::Writer writer(*bytes);
      writer.number(answer->number);
      writer.bytes(answer->body);
    }
    effects.writes.push_back({numbered_row(kClientPrefix, client), std::move(bytes)});
  }
  changed_clients_.clear();
  // Nothing of this node may leave before it is known who it was.
  if (!applied_changed_ && self_stored_) return;
  applied_changed_ = false;
  self_stored_ = true;
  std::string bytes;
  wire::Writer writer(bytes);
  applied_.write(writer);
  clocks::write_time(writer, clock_);
  writer.number(*self_);
  effects.writes.push_back({std::string(kAppliedRow), std::move(bytes)});
}

}  // namespace assay::refdb::multi_leader
