// Restoring to any position or time that the log reaches back to: the checkpoint, and the log from there. The leader looks up
// what was there then, and what it logs says that, so that followers need not have as much of the log.
//
// Times are those of the log: each record has the time of its leader's wall clock, or, where that is behind, one nanosecond
// more than the record before it. So they grow, whatever clocks do, and name a position each.
#include <charconv>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/single_leader/functions.h"
#include "targets/refdb/single_leader/group.h"

namespace assay::refdb::single_leader {

namespace {

constexpr std::string_view kTimePrefix = "time:";

std::optional<std::int64_t> time_of(const Value& value) {
  if (value.kind() != Value::Kind::text || !value.as_text().starts_with(kTimePrefix)) return std::nullopt;
  const std::string_view digits = value.as_text().substr(kTimePrefix.size());
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), time);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return time;
}

}  // namespace

std::optional<std::int64_t> Group::written_at(Lsn lsn) const {
  const Entry& entry = log_.at(lsn);
  if (entry.kind != EntryKind::command) return std::nullopt;
  return read_record(entry.command()).written_at;
}

std::int64_t Group::next_time() const {
  for (Lsn lsn = log_.last_index(); lsn > log_.compacted_index(); --lsn) {
    if (const auto time = written_at(lsn)) return std::max(now_.wall, *time + 1);
  }
  return std::max(now_.wall, base_time_ + 1);
}

// The last one that was written by then; nothing when that is longer ago than the log reaches.
std::optional<Lsn> Group::position_at(std::int64_t time) const {
  if (time < base_time_) return std::nullopt;
  Lsn found = log_.compacted_index();
  for (Lsn lsn = log_.compacted_index() + 1; lsn <= log_.last_index(); ++lsn) {
    const std::optional<std::int64_t> written = written_at(lsn);
    if (written && *written > time) break;
    if (written) found = lsn;
  }
  return found;
}

// Pairs of a key and its value.
Value Group::values_at(Lsn lsn) {
  StateMachine past{StateMachineOptions{}};
  const bool restored = past.restore_snapshot(base_.applied_index(), base_.encode_snapshot());
  ASSAY_ASSERT(restored);
  Positions ignored;
  while (past.applied_index() < lsn) apply_entry(past, ignored, log_.at(past.applied_index() + 1));
  std::vector<Value> pairs;
  for (const auto& [key, value] : past.values()) pairs.push_back(Value::pair(Value(key), value));
  return Value::list(std::move(pairs));
}

void Group::work_out_past(std::vector<Mop>& mops, std::int64_t time) {
  for (Mop& mop : mops) {
    const std::string_view text = mop.argument.kind() == Value::Kind::text ? mop.argument.as_text() : "";
    if (mop.fn == Fn::backup && text == "position")
      mop.argument = Value(static_cast<std::int64_t>(log_.last_index() + 1));
    if (mop.fn == Fn::backup && text == "time")
      mop.argument = Value::text(std::string(kTimePrefix) + std::to_string(time));
    if (mop.fn != Fn::restore) continue;
    std::optional<Lsn> lsn;
    if (const auto then = time_of(mop.argument)) {
      lsn = position_at(*then);
    } else if (mop.argument.is_integer() && mop.argument.as_integer() >= 0) {
      lsn = static_cast<Lsn>(mop.argument.as_integer());
      if (state_.has_backup(*lsn)) continue;  // older than the log, perhaps
    }
    const bool reached = lsn && *lsn >= base_.applied_index() && *lsn <= log_.last_index();
    if (reached) mop.argument = values_at(*lsn);
  }
}

}  // namespace assay::refdb::single_leader
