// What a follower does: it takes the leader's log for its own, and discards what the leader does not have.
#include <algorithm>
#include <utility>

#include "targets/refdb/single_leader/group.h"

namespace assay::refdb::single_leader {

bool Group::obeys(const Message& message) {
  if (message.epoch == epoch_ && role_ == Role::leader) {
    ++counters_.dropped.nonsense;
    return false;
  }
  const bool superseded = message.epoch < epoch_;
  // Without protection, followers obey whoever speaks. Two leaders that meet agree in any case on the later one.
  if (!superseded || (!settings_.fences() && role_ != Role::leader) || bugs_.epoch_forgotten) return true;
  ++counters_.lower_epoch_refused;
  Message answer = message_to(MessageKind::append_answer, message.from);
  answer.refused = true;
  send_when_persisted(std::move(answer));
  return false;
}

void Group::follow(const Message& message) {
  if (suspected_epoch_ && *suspected_epoch_ == message.epoch && knew_leader_) ++counters_.spurious_suspicions;
  suspected_epoch_.reset();
  if (role_ == Role::leader || message.epoch > epoch_ || leader_ != message.from) {
    step_down(message.epoch, message.from);
  }
  role_ = Role::follower;
  knew_leader_ = true;
  heard_leader_ = now_.monotonic;
  was_synchronous_ = message.synchronous;
  if (message.heartbeat) detector_.heartbeat(now_.monotonic);
  expect_leader();
}

void Group::handle_append(Message message) {
  if (!obeys(message)) return;
  follow(message);
  const Position before = message.position;
  if (before.lsn < log_.compacted_index()) return refuse_append(message, log_.compacted_index(), false);
  if (before.lsn > log_.last_index()) return refuse_append(message, log_.last_index(), false);
  if (!log_.matches(before.lsn, before.epoch) && !bugs_.divergent_tail_kept) {
    if (before.lsn == log_.compacted_index()) return refuse_append(message, 0, true);
    return refuse_append(message, log_.last_at_most(before.lsn - 1, before.epoch), false);
  }
  take_entries(message);
  const Lsn matched = before.lsn + message.entries.size();
  if (message.commit > commit_) commit_ = std::max(commit_, std::min(message.commit, matched));
  leader_positions_.emplace_back(message.commit, now_.monotonic);
  apply_committed();
  Message answer = message_to(MessageKind::append_answer, message.from);
  answer.epoch = message.epoch;
  answer.round = message.round;
  // A heartbeat is answered at once, about what is on the disk by now.
  const Lsn sure = message.heartbeat && message.epoch == epoch_ ? std::min(matched, persisted_) : matched;
  answer.position = position_of(sure);
  if (sure <= persisted_ && !epoch_dirty_ && last_batch_ <= persisted_batch_) return send(std::move(answer));
  if (sure < matched) {
    Message later = answer;
    later.position = position_of(matched);
    send_when_persisted(std::move(later));
    return send(std::move(answer));
  }
  send_when_persisted(std::move(answer));
}

void Group::refuse_append(const Message& message, Lsn lsn, bool needs_snapshot) {
  Message answer = message_to(MessageKind::append_answer, message.from);
  answer.epoch = message.epoch;
  answer.round = message.round;
  answer.refused = true;
  answer.needs_snapshot = needs_snapshot;
  answer.refused_at = message.position.lsn;
  answer.position = {0, lsn};
  send(std::move(answer));
}

void Group::take_entries(Message& message) {
  for (Entry& entry : message.entries) {
    if (entry.index <= log_.last_index()) {
      if (log_.matches(entry.index, entry.term)) continue;
      // The seeded bug: what was there first stays.
      if (bugs_.divergent_tail_kept) continue;
      discard_from(entry.index, message);
    }
    append(std::move(entry));
  }
}

// The log of the new leader goes on differently: what is here from `lsn` on never happened.
void Group::discard_from(Lsn lsn, const Message& message) {
  const Lsn last = log_.last_index();
  counters_.entries_discarded += static_cast<std::int64_t>(last - lsn + 1);
  for (Lsn each = lsn; each <= last; ++each) {
    // Whose epoch it is, that node wrote it and counts it; so it is counted once.
    const bool own = log_.at(each).term % config_.cluster_size == config_.self;
    if (own && log_.at(each).kind == EntryKind::command && each <= std::max(acknowledged_, commit_)) {
      ++counters_.acknowledged_discarded;
    }
  }
  forget_acks_from(lsn, message.since);
  log_.truncate(lsn);
  unpersist_from(lsn);
  commit_ = std::min(commit_, lsn - 1);
  acknowledged_ = std::min(acknowledged_, lsn - 1);
  worked_out_.erase(worked_out_.lower_bound(lsn), worked_out_.end());
  if (state_.applied_index() >= lsn) {
    ++counters_.rollbacks;
    rebuild_state();
  } else {
    arrivals_.resize(log_.last_index() - state_.applied_index());
  }
}

// How many this node gave as a leader that turn out to have been for nothing.
std::int64_t Group::forget_acks_from(Lsn lsn, std::int64_t since) {
  std::int64_t count = 0;
  for (; !ack_times_.empty() && ack_times_.back().first >= lsn; ++count) {
    if (ack_times_.back().second > since) ++counters_.split_brain_acks;
    ack_times_.pop_back();
  }
  return count;
}

}  // namespace assay::refdb::single_leader
