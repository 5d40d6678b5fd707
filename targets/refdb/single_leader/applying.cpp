// From the log to what readers see.
#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/single_leader/functions.h"
#include "targets/refdb/single_leader/group.h"

namespace assay::refdb::single_leader {

void Group::append(Entry entry) {
  log_.append(std::move(entry));
  arrivals_.push_back(now_.monotonic);
}

std::string Group::apply_entry(StateMachine& machine, Positions& depends_on, const Entry& entry) {
  if (entry.kind != EntryKind::command) {
    machine.skip(entry.index);
    return {};
  }
  const LogRecord record = read_record(entry.command());
  merge(depends_on, record.depends_on);
  if (settings_.log_format == LogFormat::wal) {
    machine.apply_rows(entry.index, read_log_rows(record.command));
    return {};
  }
  if (settings_.log_format != LogFormat::statement) return machine.apply(entry.index, record.command);
  // A statement log has each node work out the functions for itself, but only once.
  const auto known = worked_out_.find(entry.index);
  if (known != worked_out_.end()) return machine.apply(entry.index, known->second);
  std::optional<wire::ClientRequest> request = wire::decode_command(record.command);
  if (!request || !has_functions(request->mops)) return machine.apply(entry.index, record.command);
  work_out(request->mops);
  std::string command = wire::encode_command(*request);
  std::string body = machine.apply(entry.index, command);
  worked_out_.emplace(entry.index, std::move(command));
  return body;
}

// What applying the command at the end of the log changes, row by row.
std::string Group::rows_of(Lsn lsn, std::string_view command) {
  if (!head_) {
    head_.emplace(StateMachineOptions{});
    Positions ignored;
    const bool restored = head_->restore_snapshot(state_.applied_index(), state_.encode_snapshot());
    ASSAY_ASSERT(restored);
    for (Lsn each = state_.applied_index() + 1; each < lsn; ++each)
      apply_entry(*head_, ignored, log_.at(each));
    head_->forget_writes();
  }
  if (head_->applied_index() + 1 < lsn) head_->skip(lsn - 1);
  head_->apply(lsn, command);
  std::vector<Write> rows;
  head_->take_writes(rows);
  return write_log_rows(rows);
}

void Group::work_out(std::vector<Mop>& mops) {
  FunctionValues values;
  values.now = now_.wall;
  values.random = static_cast<std::int64_t>(rng_.below(1'000'000'000));
  // A statement is numbered by a counter of the node, which a restart forgets; otherwise by its place in the leader's log.
  values.number = settings_.log_format == LogFormat::statement
                      ? static_cast<std::int64_t>(++next_number_)
                      : static_cast<std::int64_t>(log_.last_index() + 1);
  work_out_functions(mops, values);
}

void Group::apply_committed() {
  while (state_.applied_index() < commit_) {
    ASSAY_ASSERT(!arrivals_.empty());
    if (!is_due(arrivals_.front())) break;
    arrivals_.pop_front();
    const Entry& entry = log_.at(state_.applied_index() + 1);
    std::string body = apply_entry(state_, depends_on_, entry);
    while (!pending_writes_.empty() && pending_writes_.front().lsn <= entry.index) {
      const PendingWrite pending = pending_writes_.front();
      pending_writes_.pop_front();
      if (settings_.log_format == LogFormat::wal) {
        body = state_.answered(pending.client, pending.caller.number);
        if (body.empty()) answer(pending.caller, wire::Status::too_stale);
        if (body.empty()) continue;
      }
      if (pending.lsn == entry.index) answer_body(pending.caller, body, applied_position());
    }
  }
  while (!leader_positions_.empty() && leader_positions_.front().first <= state_.applied_index()) {
    fresh_at_ = std::max(fresh_at_, leader_positions_.front().second);
    leader_positions_.pop_front();
  }
}

std::int64_t Group::lag() const { return role_ == Role::leader ? 0 : now_.monotonic - fresh_at_; }

// The state as it is at commit_, from the checkpoint.
void Group::rebuild_state() {
  state_ = StateMachine(StateMachineOptions{});
  const bool restored = state_.restore_snapshot(base_.applied_index(), base_.encode_snapshot());
  ASSAY_ASSERT(restored);
  depends_on_ = base_depends_on_;
  leader_positions_.clear();
  arrivals_.assign(log_.last_index() - state_.applied_index(), 0);
  for (std::int64_t& arrival : arrivals_) arrival = now_.monotonic - delay_;
  apply_committed();
}

// Within the retention; a clock that was set back does not make the log endless.
bool Group::is_kept_for_restores(Lsn lsn) const {
  constexpr Lsn kLongest = 1'000'000;
  if (settings_.retention == 0 || log_.last_index() - lsn > kLongest) return false;
  const std::optional<std::int64_t> time = written_at(lsn);
  return time && *time + settings_.retention > now_.wall;
}

// Moves the checkpoint on, so that the log stays short. Not at every entry: it costs writes.
void Group::advance_base() {
  const std::uint64_t kept = config_.log_entries_kept;
  const std::uint64_t slack = kept / 4 + 1;
  Lsn applied = std::min(state_.applied_index(), persisted_);
  if (outgoing_ != nullptr) applied = std::min(applied, outgoing_position_.lsn + kept);
  if (applied <= log_.compacted_index() + kept + slack) return;
  Lsn until = applied - kept;
  while (base_.applied_index() < until) {
    const Lsn next = base_.applied_index() + 1;
    if (is_kept_for_restores(next)) {
      until = base_.applied_index();
      break;
    }
    base_time_ = written_at(next).value_or(base_time_);
    apply_entry(base_, base_depends_on_, log_.at(base_.applied_index() + 1));
  }
  if (until == log_.compacted_index()) return;
  log_.compact(until);
  worked_out_.erase(worked_out_.begin(), worked_out_.upper_bound(until));
  base_dirty_ = true;
}

}  // namespace assay::refdb::single_leader
