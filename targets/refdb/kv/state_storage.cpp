// The state machine's rows and snapshots.
#include <algorithm>
#include <map>
#include <optional>

#include "harness/core/assert.h"
#include "harness/core/rng.h"
#include "targets/refdb/kv/rows.h"
#include "targets/refdb/kv/state_machine.h"
#include "targets/refdb/wire/bytes.h"
#include "targets/refdb/wire/envelope.h"
#include "targets/refdb/wire/values.h"

namespace assay::refdb {

namespace {

constexpr std::uint8_t kSnapshotVersion = 2;

struct StoredSession {
  std::uint64_t client = 0;
  std::uint64_t number = 0;
  std::uint64_t index = 0;
  std::string body;
};

using Values = std::map<Key, Value>;

void write_values(wire::Writer& writer, const Values& values) {
  writer.number(values.size());
  for (const auto& [key, value] : values) {
    writer.signed_number(key);
    wire::write_value(writer, value);
  }
}

Values read_values(wire::Reader& reader) {
  Values values;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const Key key = reader.signed_number();
    values.insert_or_assign(key, wire::read_value(reader));
  }
  return values;
}

void write_session(wire::Writer& writer, std::uint64_t number, std::uint64_t index, std::string_view body) {
  writer.number(number);
  writer.number(index);
  writer.bytes(body);
}

void read_session(wire::Reader& reader, StoredSession& session) {
  session.number = reader.number();
  session.index = reader.number();
  session.body = reader.bytes(wire::kMessageBytesMax);
}

template <typename T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

void StateMachine::load(const StorageReader& storage) {
  ASSAY_ASSERT(applied_index_ == 0 && values_.empty());
  storage.scan(rows::kAppliedIndex, [&](std::string_view key, std::string_view bytes) {
    if (key != rows::kAppliedIndex) return;
    applied_index_ = wire::Reader(bytes).number();
  });
  storage.scan(rows::kValuePrefix, [&](std::string_view key, std::string_view bytes) {
    const auto number = rows::row_number(key, rows::kValuePrefix);
    wire::Reader reader(bytes);
    Value value = wire::read_value(reader);
    if (number && reader.finished()) set(rows::key_of_number(*number), std::move(value));
  });
  storage.scan(rows::kBackupPrefix, [&](std::string_view key, std::string_view bytes) {
    const auto position = rows::row_number(key, rows::kBackupPrefix);
    wire::Reader reader(bytes);
    Values values = read_values(reader);
    if (position && reader.finished())
      backups_[*position] = std::make_shared<const Values>(std::move(values));
  });
  std::vector<StoredSession> found;
  storage.scan(rows::kSessionPrefix, [&](std::string_view key, std::string_view bytes) {
    const auto client = rows::row_number(key, rows::kSessionPrefix);
    wire::Reader reader(bytes);
    StoredSession session;
    read_session(reader, session);
    if (!client || !reader.finished()) return;
    session.client = *client;
    found.push_back(std::move(session));
  });
  std::sort(found.begin(), found.end(),
            [](const StoredSession& a, const StoredSession& b) { return a.index < b.index; });
  for (const StoredSession& session : found) {
    remember(session.client, session.number, session.index, session.body);
  }
}

void StateMachine::take_writes(std::vector<Write>& out) {
  sort_unique(dirty_keys_);
  for (const Key key : dirty_keys_) {
    Write write{rows::value_row(key), std::nullopt};
    const auto found = values_.find(key);
    if (found != values_.end()) {
      wire::Writer writer(write.value.emplace());
      wire::write_value(writer, found->second);
    }
    out.push_back(std::move(write));
  }
  dirty_keys_.clear();
  sort_unique(dirty_clients_);
  for (const std::uint64_t client : dirty_clients_) {
    Write write{rows::session_row(client), std::nullopt};
    const auto found = sessions_.find(client);
    if (found != sessions_.end()) {
      wire::Writer writer(write.value.emplace());
      write_session(writer, found->second.number, found->second.index, found->second.body);
    }
    out.push_back(std::move(write));
  }
  dirty_clients_.clear();
  sort_unique(dirty_backups_);
  for (const std::uint64_t position : dirty_backups_) {
    Write write{rows::backup_row(position), std::nullopt};
    const auto found = backups_.find(position);
    if (found != backups_.end()) {
      wire::Writer writer(write.value.emplace());
      write_values(writer, *found->second);
    }
    out.push_back(std::move(write));
  }
  dirty_backups_.clear();
  if (dirty_index_) {
    Write write{std::string(rows::kAppliedIndex), std::string()};
    wire::Writer(*write.value).number(applied_index_);
    out.push_back(std::move(write));
    dirty_index_ = false;
  }
}

void StateMachine::apply_rows(std::uint64_t index, const std::vector<Write>& rows) {
  skip(index);
  for (const Write& write : rows) {
    wire::Reader reader(write.value ? std::string_view(*write.value) : std::string_view());
    if (const auto number = rows::row_number(write.key, rows::kValuePrefix)) {
      const Key key = rows::key_of_number(*number);
      set(key, write.value ? wire::read_value(reader) : Value());
      dirty_keys_.push_back(key);
    } else if (const auto client = rows::row_number(write.key, rows::kSessionPrefix)) {
      StoredSession session;
      read_session(reader, session);
      if (write.value && reader.finished()) remember(*client, session.number, index, session.body);
      if (!write.value) forget(*client);
      dirty_clients_.push_back(*client);
    } else if (const auto position = rows::row_number(write.key, rows::kBackupPrefix)) {
      Values values = read_values(reader);
      if (write.value && reader.finished())
        backups_[*position] = std::make_shared<const Values>(std::move(values));
      if (!write.value) backups_.erase(*position);
      dirty_backups_.push_back(*position);
    }
  }
}

void StateMachine::forget_writes() {
  dirty_keys_.clear();
  dirty_clients_.clear();
  dirty_backups_.clear();
  dirty_index_ = false;
}

std::string StateMachine::encode_snapshot() const {
  std::string out;
  wire::Writer writer(out);
  writer.byte(kSnapshotVersion);
  std::string entries;
  wire::Writer entry_writer(entries);
  std::uint64_t count = 0;
  for (auto entry = values_.begin(); entry != values_.end(); ++entry) {
    // The seeded bug: an iterator advanced once too often.
    if (options_.snapshot_drops_keys && std::next(entry) != values_.end()) ++entry;
    entry_writer.signed_number(entry->first);
    wire::write_value(entry_writer, entry->second);
    ++count;
  }
  writer.number(count);
  writer.raw(entries);
  writer.number(by_age_.size());
  for (const std::uint64_t client : by_age_) {
    const Session& session = sessions_.at(client);
    writer.number(client);
    write_session(writer, session.number, session.index, session.body);
  }
  writer.number(backups_.size());
  for (const auto& [position, values_then] : backups_) {
    writer.number(position);
    write_values(writer, *values_then);
  }
  return out;
}

bool StateMachine::restore_snapshot(std::uint64_t index, std::string_view bytes) {
  wire::Reader reader(bytes);
  if (reader.byte() != kSnapshotVersion) return false;
  Values values = read_values(reader);
  std::vector<StoredSession> sessions;
  const std::uint64_t session_count = reader.number();
  for (std::uint64_t i = 0; i < session_count && reader.ok(); ++i) {
    StoredSession session;
    session.client = reader.number();
    read_session(reader, session);
    sessions.push_back(std::move(session));
  }
  std::map<std::uint64_t, std::shared_ptr<const Values>> backups;
  const std::uint64_t backup_count = reader.number();
  for (std::uint64_t i = 0; i < backup_count && reader.ok(); ++i) {
    const std::uint64_t position = reader.number();
    backups[position] = std::make_shared<const Values>(read_values(reader));
  }
  if (!reader.finished()) return false;

  for (const auto& [position, ignored] : backups_) dirty_backups_.push_back(position);
  backups_ = std::move(backups);
  for (const auto& [position, ignored] : backups_) dirty_backups_.push_back(position);
  for (const auto& [key, value] : values_) dirty_keys_.push_back(key);
  for (const std::uint64_t client : by_age_) dirty_clients_.push_back(client);
  values_ = std::move(values);
  sessions_.clear();
  by_age_.clear();
  for (const auto& [key, value] : values_) dirty_keys_.push_back(key);
  for (const StoredSession& session : sessions) {
    remember(session.client, session.number, session.index, session.body);
    dirty_clients_.push_back(session.client);
  }
  applied_index_ = index;
  dirty_index_ = true;
  return true;
}

std::uint64_t StateMachine::digest() const {
  std::uint64_t hash = applied_index_;
  for (const auto& [key, value] : values_) {
    hash = hash * 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(key);
    hash = hash * 0x9e3779b97f4a7c15u + value.hash();
  }
  for (const std::uint64_t client : by_age_) {
    const Session& session = sessions_.at(client);
    hash = stable_hash(session.body, hash * 0x9e3779b97f4a7c15u + client + session.number);
  }
  return hash;
}

}  // namespace assay::refdb
