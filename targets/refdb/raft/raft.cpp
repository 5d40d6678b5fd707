#include "targets/refdb/raft/raft.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/raft/settings.h"

namespace assay::refdb::raft {

namespace {

// Elections raise terms one by one: no node is ever so far ahead.
constexpr Term kTermLeapMax = Term{1} << 32;

bool comes_from_leader(MessageKind kind) {
  return kind == MessageKind::append || kind == MessageKind::heartbeat || kind == MessageKind::snapshot ||
         kind == MessageKind::timeout_now;
}

// As stored; everybody where nothing else was.
Voters voters_of(const StoredState& stored, PeerId cluster_size) {
  return decode_voters(stored.voters, cluster_size).value_or(all_voters(cluster_size));
}

}  // namespace

const char* role_name(Role role) {
  switch (role) {
    case Role::follower:
      return "follower";
    case Role::pre_candidate:
      return "pre-candidate";
    case Role::candidate:
      return "candidate";
    case Role::leader:
      break;
  }
  return "leader";
}

Raft::Raft(const ReplicaConfig& config, StoredState stored, Index applied, LocalTime now)
    : config_(config),
      self_(config.self),
      bugs_(bugs_of(config)),
      lease_reads_(reads_of(config) == "lease"),
      configurations_(stored.compacted_index, voters_of(stored, config.cluster_size)),
      quorum_(configurations_.latest()),
      election_quorum_(quorum_),
      rng_(Rng(config.seed).fork("raft", config.self)),
      now_(now),
      log_(stored.compacted_index, stored.compacted_term, std::move(stored.entries), stored.last_row),
      leader_heard_(now),
      votes_(config.cluster_size),
      progress_(config.cluster_size) {
  if (!bugs_.vote_not_persisted) {
    // Entries never have a later term than the hard state that was written with them or before.
    term_ = std::max(stored.hard_state.term, log_.last_term());
    if (term_ == stored.hard_state.term) vote_ = stored.hard_state.vote;
  }
  for (Index index = log_.first_index(); index <= log_.last_index(); ++index) {
    if (log_.at(index).kind != EntryKind::configuration) continue;
    auto voters = decode_voters(log_.at(index).command(), config.cluster_size);
    if (voters) configurations_.append(index, std::move(*voters));
  }
  adopt_configuration();
  // Only a log that lost entries it should have kept (a seeded bug) ends before what was applied.
  if (log_.last_index() < applied) log_.reset(applied, log_.last_term());
  commit_ = std::clamp(stored.hard_state.commit, applied, log_.last_index());
  handed_out_ = applied;
  persisted_index_ = log_.last_index();
  saved_ = {term_, vote_, commit_};
  reset_election_deadline();
}

void Raft::advance_clock(LocalTime now) {
  now_.monotonic = std::max(now_.monotonic, now.monotonic);
  now_.wall = now.wall;
}

std::int64_t Raft::elapsed_since(const LocalTime& since) const { return now_.monotonic - since.monotonic; }

void Raft::tick(LocalTime now) {
  advance_clock(now);
  if (role_ == Role::leader) {
    check_quorum();
    check_transfer();
    if (role_ == Role::leader && now_.monotonic >= heartbeat_due_) broadcast_heartbeat();
  } else if (now_.monotonic >= election_deadline_) {
    campaign();
  }
}

// Every round of heartbeats for reads puts the next one off, and with it the tick that would give up a transfer.
std::int64_t Raft::next_deadline() const {
  if (role_ != Role::leader) return election_deadline_;
  return transferee_ ? std::min(heartbeat_due_, transfer_deadline_) : heartbeat_due_;
}

void Raft::step(Message message, LocalTime now) {
  advance_clock(now);
  if (message.from >= config_.cluster_size || message.from == self_) {
    ++counters_.dropped.nonsense;
    return;
  }
  if (message.term > term_ + kTermLeapMax) {
    ++counters_.dropped.future;
    return;
  }
  if (message.kind == MessageKind::pre_vote_request) return answer_pre_vote(message);
  if (message.term != term_ && !step_other_term(message)) return;
  step_same_term(message);
}

// Raft 5.1. True when the message goes on as one of the current term.
bool Raft::step_other_term(const Message& message) {
  if (message.term > term_) {
    if (message.kind == MessageKind::pre_vote_answer && !message.refused) return true;
    // Leader stickiness (Raft 6, thesis 4.2.3): a node that hears from a leader does not help to depose it.
    // Leases rest on this promise.
    // Unless it is the leader who wants that.
    if (message.kind == MessageKind::vote_request && leader_is_fresh() && !message.asked_by_leader)
      return false;
    become_follower(message.term,
                    comes_from_leader(message.kind) ? std::optional(message.from) : std::nullopt);
    return true;
  }
  // The seeded bug: an old leader is as good as a new one.
  if (bugs_.no_term_check && comes_from_leader(message.kind) && role_ != Role::leader) return true;
  if (comes_from_leader(message.kind) || message.kind == MessageKind::vote_request) {
    Message answer;
    answer.kind =
        message.kind == MessageKind::vote_request ? MessageKind::vote_answer : MessageKind::append_answer;
    answer.to = message.from;
    answer.term = term_;
    answer.refused = true;
    send_when_persisted(std::move(answer));
  }
  return false;
}

void Raft::step_same_term(Message& message) {
  switch (message.kind) {
    case MessageKind::pre_vote_request:
      return;
    case MessageKind::vote_request:
      return answer_vote(message);
    case MessageKind::pre_vote_answer:
    case MessageKind::vote_answer:
      return count_vote(message);
    case MessageKind::append:
      return handle_append(message);
    case MessageKind::heartbeat:
      return handle_heartbeat(message);
    case MessageKind::snapshot:
      return handle_snapshot(message);
    case MessageKind::append_answer:
      return handle_append_answer(message);
    case MessageKind::timeout_now:
      return handle_timeout_now(message);
    case MessageKind::heartbeat_answer:
      return handle_heartbeat_answer(message);
    case MessageKind::snapshot_answer:
      return handle_snapshot_answer(message);
  }
}

void Raft::become_follower(Term term, std::optional<PeerId> leader) {
  if (role_ == Role::leader) {
    ++counters_.stepped_down;
    drop_reads();
    outgoing_ = {};
    wants_snapshot_ = false;
    transferee_.reset();
  }
  role_ = Role::follower;
  if (term != term_) {
    term_ = term;
    vote_.reset();
  }
  leader_ = leader;
  if (leader) leader_heard_ = now_;
  reset_election_deadline();
}

std::optional<Index> Raft::propose(std::string command, LocalTime now) {
  advance_clock(now);
  if (role_ != Role::leader || transferee_) return std::nullopt;
  Entry entry;
  entry.index = log_.last_index() + 1;
  entry.term = term_;
  entry.kind = EntryKind::command;
  entry.data = std::make_shared<const std::string>(std::move(command));
  const Index index = entry.index;
  log_.append(std::move(entry));
  return index;
}

void Raft::send(Message message) {
  message.from = self_;
  outbox_.push_back(std::move(message));
}

// Whether there is something new that a promise to others may rest on.
bool Raft::has_unsaved_promise() const {
  return term_ != saved_.term || vote_ != saved_.vote || log_.has_changes();
}

void Raft::send_when_persisted(Message message) {
  message.from = self_;
  const std::uint64_t batch = has_unsaved_promise() ? batch_ + 1 : promise_batch_;
  if (batch <= persisted_batch_ && message.to != self_) {
    outbox_.push_back(std::move(message));
  } else {
    held_.push_back({batch, std::move(message)});
  }
}

void Raft::persisted(std::uint64_t batch, LocalTime now) {
  advance_clock(now);
  persisted_batch_ = std::max(persisted_batch_, batch);
  while (!writing_.empty() && writing_.front().batch <= batch) {
    persisted_index_ = std::max(persisted_index_, writing_.front().last_index);
    writing_.pop_front();
  }
  release_held();
  if (role_ == Role::leader) advance_commit();
}

void Raft::release_held() {
  while (!held_.empty() && held_.front().batch <= persisted_batch_) {
    Message message = std::move(held_.front().message);
    held_.pop_front();
    if (message.to != self_) {
      outbox_.push_back(std::move(message));
    } else if (message.term == term_) {
      count_vote(message);  // a candidate's vote for itself
    }
  }
}

std::vector<Message> Raft::take_messages() { return std::exchange(outbox_, {}); }

Ready Raft::take_ready() {
  if (role_ == Role::leader) {
    advance_commit();
    leave_when_removed();
  }
  if (role_ == Role::leader) {
    start_reads();
    finish_reads();
    send_appends();
    hand_over();
  }
  Ready ready;
  ready.batch = ++batch_;
  collect_changes(ready);
  if (commit_ > handed_out_) {
    const Index from = std::max(handed_out_ + 1, log_.first_index());
    ready.committed.reserve(commit_ - from + 1);
    for (Index index = from; index <= commit_; ++index) ready.committed.push_back(log_.at(index));
    handed_out_ = commit_;
  }
  ready.messages = std::exchange(outbox_, {});
  ready.reads = std::exchange(read_states_, {});
  return ready;
}

void Raft::collect_changes(Ready& ready) {
  bool is_promise = collect_log_changes(ready);
  if (compaction_unsaved_) {
    ready.compacted = true;
    ready.compacted_index = log_.compacted_index();
    ready.compacted_term = log_.compacted_term();
    ready.compacted_voters = unless_all(configurations_.at(log_.compacted_index()));
    compaction_unsaved_ = false;
  }
  const HardState state{term_, vote_, commit_};
  if (state != saved_ && !bugs_.vote_not_persisted) {
    ready.hard_state = state;
    if (state.term != saved_.term || state.vote != saved_.vote) {
      is_promise = true;
      ready.must_sync = true;
    }
  }
  saved_ = state;
  if (is_promise) {
    promise_batch_ = batch_;
    return;
  }
  // Nothing to write after all, so no persisted() will come for this batch.
  for (HeldMessage& held : held_) held.batch = std::min(held.batch, promise_batch_);
  release_held();
}

bool Raft::collect_log_changes(Ready& ready) {
  const Log::Changes changes = log_.take_changes();
  if (!changes.any) return false;
  const Index from = std::max(changes.first_changed, log_.first_index());
  if (from <= log_.last_index()) ready.entries = log_.slice(from, SIZE_MAX, SIZE_MAX);
  ready.remove_from = log_.last_index() + 1;
  ready.remove_to = changes.last_stored;
  if (ready.entries.empty() && ready.remove_from > ready.remove_to && !compaction_unsaved_) return false;
  writing_.push_back({batch_, log_.last_index()});
  ready.must_sync = !bugs_.ack_before_fsync;
  return true;
}

// The log no longer holds what it held from `index` on, so nothing of that counts as persisted.
void Raft::unpersist_from(Index index) {
  persisted_index_ = std::min(persisted_index_, index - 1);
  for (Writing& writing : writing_) writing.last_index = std::min(writing.last_index, index - 1);
}

}  // namespace assay::refdb::raft
