#include "targets/refdb/multi_leader/update_log.h"

#include <algorithm>

#include "harness/core/assert.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr std::string_view kPrefix = "l/";
constexpr std::string_view kDroppedRow = "f";
// Removing rows costs a write, so they go many at a time.
constexpr std::uint64_t kDropAtOnce = 64;

std::string row_of(clocks::ActorId origin, std::uint64_t number) {
  std::string row(kPrefix);
  wire::append_big_endian(row, origin);
  wire::append_big_endian(row, number);
  return row;
}

}  // namespace

void UpdateLog::load(const StorageReader& storage) {
  storage.scan(kDroppedRow, [&](std::string_view row, std::string_view bytes) {
    wire::Reader reader(bytes);
    if (row == kDroppedRow) dropped_ = VersionVector::read(reader);
  });
  storage.scan(kPrefix, [&](std::string_view row, std::string_view bytes) {
    row.remove_prefix(kPrefix.size());
    if (row.size() != 16) return;
    const clocks::ActorId origin = wire::read_big_endian(row.substr(0, 8));
    wire::Reader reader(bytes);
    Forwarded update;
    update.hops = static_cast<std::uint32_t>(reader.number());
    update.update = reader.bytes(wire::kMessageBytesMax);
    const std::uint64_t next = dropped_.at(origin) + updates_[origin].size() + 1;
    if (reader.finished() && wire::read_big_endian(row.substr(8)) == next)
      updates_[origin].push_back(std::move(update));
  });
}

void UpdateLog::append(const Dot& id, Forwarded update) {
  std::deque<Forwarded>& updates = updates_[id.actor];
  ASSAY_ASSERT(id.counter == dropped_.at(id.actor) + updates.size() + 1);
  updates.push_back(std::move(update));
  unwritten_.push_back(id);
}

const Forwarded* UpdateLog::find(const Dot& id) const {
  const auto found = updates_.find(id.actor);
  const std::uint64_t dropped = dropped_.at(id.actor);
  if (found == updates_.end() || id.counter <= dropped || id.counter - dropped > found->second.size())
    return nullptr;
  return &found->second[id.counter - dropped - 1];
}

void UpdateLog::drop_to(clocks::ActorId origin, std::uint64_t number) {
  const std::uint64_t dropped = dropped_.at(origin);
  if (number <= dropped) return;
  std::deque<Forwarded>& updates = updates_[origin];
  const auto count = std::min<std::uint64_t>(number - dropped, updates.size());
  updates.erase(updates.begin(), updates.begin() + static_cast<std::ptrdiff_t>(count));
  std::erase_if(unwritten_, [&](const Dot& id) { return id.actor == origin && id.counter <= number; });
  dropped_rows_.emplace_back(row_of(origin, dropped + 1), row_of(origin, number + 1));
  dropped_.raise(origin, number);
}

void UpdateLog::jump_to(const VersionVector& has) {
  for (const auto& [origin, number] : has.entries()) {
    const auto found = updates_.find(origin);
    const std::uint64_t last = dropped_.at(origin) + (found == updates_.end() ? 0 : found->second.size());
    if (number > last) drop_to(origin, number);
  }
}

void UpdateLog::shorten(const VersionVector& everybody_has, std::uint64_t kept_max) {
  for (auto& [origin, updates] : updates_) {
    const std::uint64_t dropped = dropped_.at(origin), last = dropped + updates.size();
    std::uint64_t number = std::min(everybody_has.at(origin), last);
    if (updates.size() > kept_max) number = std::max(number, last - kept_max);
    if (number >= dropped + kDropAtOnce) drop_to(origin, number);
  }
}

void UpdateLog::take_writes(Effects& effects) {
  for (const Dot& id : unwritten_) {
    const Forwarded* update = find(id);
    std::string bytes;
    wire::Writer writer(bytes);
    writer.number(update->hops);
    writer.bytes(update->update);
    effects.writes.push_back({row_of(id.actor, id.counter), std::move(bytes)});
  }
  unwritten_.clear();
  if (dropped_rows_.empty()) return;
  std::string bytes;
  wire::Writer writer(bytes);
  dropped_.write(writer);
  effects.writes.push_back({std::string(kDroppedRow), std::move(bytes)});
  for (auto& rows : dropped_rows_) effects.delete_ranges.push_back(std::move(rows));
  dropped_rows_.clear();
}

std::int64_t UpdateLog::size() const {
  std::size_t sum = 0;
  for (const auto& [origin, updates] : updates_) sum += updates.size();
  return static_cast<std::int64_t>(sum);
}

}  // namespace assay::refdb::multi_leader
