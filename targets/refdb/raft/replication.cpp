// Log replication: Raft 5.3 (with the fast back-up by terms), commitment 5.4.2, pipelining thesis 10.2.
#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/raft/messages.h"
#include "targets/refdb/raft/raft.h"

namespace assay::refdb::raft {

namespace {

constexpr std::size_t kEntriesPerAppend = 1'024;
constexpr std::size_t kBytesPerAppend = 256 * 1024;
static_assert(kEntriesPerAppend <= kEntriesPerMessageMax);

}  // namespace

// ---- followers

// The sender leads the current term.
void Raft::follow(const Message& message) {
  if (role_ != Role::follower || leader_ != message.from) {
    // With correct code no term has two leaders.
    if (role_ == Role::leader) return;
    become_follower(term_, message.from);
  }
  leader_heard_ = now_;
  reset_election_deadline();
}

// Entries that came from storage or a leader of this build are; anything may come from the network.
bool Raft::entries_make_sense(const Message& message) const {
  return std::all_of(message.entries.begin(), message.entries.end(), [&](const Entry& entry) {
    return entry.kind != EntryKind::configuration ||
           decode_voters(entry.command(), config_.cluster_size).has_value();
  });
}

void Raft::handle_append(Message& message) {
  if (!entries_make_sense(message)) {
    ++counters_.dropped.nonsense;
    return;
  }
  follow(message);
  if (role_ == Role::leader) return;
  Message answer;
  answer.kind = MessageKind::append_answer;
  answer.to = message.from;
  answer.term = bugs_.no_term_check ? message.term : term_;
  const bool below_commit = message.index < commit_ && !bugs_.may_overwrite_committed();
  if (below_commit) {
    // All of it is known here. Say how far the logs surely agree.
    answer.index = commit_;
    return send_when_persisted(std::move(answer));
  }
  if (message.index < log_.compacted_index() || !log_.matches(message.index, message.log_term)) {
    return refuse_append(message);
  }
  const Index last = message.index + message.entries.size();
  const Index commit = std::min(message.commit, last);
  if (!append_entries(message)) return;
  commit_to(commit);
  answer.index = last;
  send_when_persisted(std::move(answer));
}

// Raft 5.3: removes only what conflicts, for an append may be older than others that came before it. False when
// it would change what is committed.
bool Raft::append_entries(Message& message) {
  if (bugs_.truncate_committed && message.index < log_.last_index()) {
    // The seeded bug: what follows in the log is taken for leftovers.
    truncate_log(message.index + 1);
  }
  for (Entry& entry : message.entries) {
    const std::optional<Term> here = log_.term_at(entry.index);
    if (here == entry.term) continue;
    if (here) {
      if (entry.index <= commit_) {
        ++counters_.committed_conflicts;
        if (!bugs_.may_overwrite_committed()) return false;
      }
      truncate_log(entry.index);
    }
    append_to_log(std::move(entry));
  }
  commit_ = std::min(commit_, log_.last_index());
  return true;
}

void Raft::refuse_append(const Message& message) {
  ++counters_.appends_refused;
  Message answer;
  answer.kind = MessageKind::append_answer;
  answer.to = message.from;
  answer.term = bugs_.no_term_check ? message.term : term_;
  answer.refused = true;
  answer.index = message.index;
  // The last place where the logs may agree: no entry here of a later term than the leader has at `index`.
  answer.hint_index = log_.last_at_most(message.index, message.log_term);
  answer.log_term = log_.term_at(answer.hint_index).value_or(0);
  send_when_persisted(std::move(answer));
}

void Raft::handle_heartbeat(const Message& message) {
  follow(message);
  if (role_ == Role::leader) return;
  if (bugs_.truncate_committed && message.index > log_.compacted_index() &&
      message.index < log_.last_index()) {
    truncate_log(message.index + 1);
    commit_ = std::min(commit_, log_.last_index());
  }
  // The leader never names more than what it knows to match here.
  commit_to(std::min(message.commit, log_.last_index()));
  Message answer;
  answer.kind = MessageKind::heartbeat_answer;
  answer.to = message.from;
  answer.term = bugs_.no_term_check ? message.term : term_;
  answer.round = message.round;
  answer.index = log_.last_index();
  send(std::move(answer));
}

void Raft::commit_to(Index index) { commit_ = std::max(commit_, std::min(index, log_.last_index())); }

// ---- leaders

void Raft::handle_append_answer(const Message& message) {
  if (role_ != Role::leader) return;
  Progress& progress = progress_[message.from];
  progress.heard = now_;
  if (message.refused) return back_up(progress, message);
  if (message.index > log_.last_index()) {
    ++counters_.dropped.future;
    return;
  }
  progress.answered_up_to(message.index);
  if (message.index > progress.match) {
    progress.match = message.index;
    progress.next = std::max(progress.next, message.index + 1);
  }
  if (progress.state == Progress::State::probe ||
      (progress.state == Progress::State::snapshot && progress.match >= outgoing_.index)) {
    if (message.index >= progress.match) progress.become_replicate();
  }
}

void Raft::back_up(Progress& progress, const Message& message) {
  // What a node that does not decide once had counts for nothing, and it may have been replaced since.
  if (!is_voter(message.from)) progress.match = std::min(progress.match, message.hint_index);
  if (progress.state == Progress::State::snapshot || message.index < progress.match) return;
  // An answer to an earlier probe.
  if (progress.state == Progress::State::probe && message.index + 1 != progress.next) return;
  if (message.index == progress.match && !bugs_.may_overwrite_committed()) return;
  // Skip what this leader has of later terms than the follower's hint: those can't match either.
  const Index hint = log_.last_at_most(std::min(message.hint_index, message.index), message.log_term);
  const Index floor = bugs_.may_overwrite_committed() ? 1 : progress.match + 1;
  const Index next = std::max(std::min(hint + 1, message.index), floor);
  // Nothing else to try: the same probe at once would be refused again, for ever and ever faster, since each
  // duplicate breeds another. The next heartbeat's answer tries again.
  const bool stuck = progress.state == Progress::State::probe && next == progress.next;
  progress.become_probe(next);
  progress.waiting = stuck;
}

void Raft::handle_heartbeat_answer(const Message& message) {
  if (role_ != Role::leader) return;
  Progress& progress = progress_[message.from];
  progress.heard = now_;
  if (message.round > round_) {
    ++counters_.dropped.future;
    return;
  }
  progress.round = std::max(progress.round, message.round);
  if (!is_voter(message.from)) progress.match = std::min(progress.match, message.index);
  switch (progress.state) {
    case Progress::State::probe:
      progress.waiting = false;  // the probe or its answer may be lost
      break;
    case Progress::State::replicate:
      check_in_flight(message, progress);
      break;
    case Progress::State::snapshot:
      if (elapsed_since(progress.chunk_sent) >= config_.heartbeat_interval)
        send_chunk(message.from, progress);
      break;
  }
}

// Finds out about lost appends and lost answers. Entries that are only late come twice, which does no harm.
void Raft::check_in_flight(const Message& message, Progress& progress) {
  if (message.round != round_) return;
  const Index sent = progress.next_at_round - 1;
  if (message.index < sent && message.index < progress.next) {
    // What was sent before this round is not there: go back.
    const Index floor = bugs_.truncate_committed ? message.index : progress.match;
    progress.become_probe(std::max(floor, message.index) + 1);
  } else if (progress.match < sent && elapsed_since(progress.nudged) >= config_.heartbeat_interval) {
    // It is there, but not acknowledged: the disk is slow, or the answer was lost. Ask again.
    progress.nudged = now_;
    Message nudge;
    nudge.kind = MessageKind::append;
    nudge.to = message.from;
    nudge.term = term_;
    nudge.index = sent;
    nudge.log_term = log_.term_at(sent).value_or(0);
    nudge.commit = commit_;
    send(std::move(nudge));
  }
}

// To all nodes: those that don't decide are told, too.
void Raft::send_appends() {
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    if (peer == self_) continue;
    Progress& progress = progress_[peer];
    while (progress.may_send() && progress.next <= log_.last_index()) {
      if (progress.next < log_.first_index()) {
        begin_snapshot(peer, progress);
        break;
      }
      send_append(peer, progress);
    }
  }
}

// Requires: the entry before progress.next is still known.
void Raft::send_append(PeerId peer, Progress& progress) {
  Message message;
  message.kind = MessageKind::append;
  message.to = peer;
  message.term = term_;
  message.index = progress.next - 1;
  message.log_term = log_.term_at(message.index).value();
  message.commit = commit_;
  message.entries = log_.slice(progress.next, kEntriesPerAppend, kBytesPerAppend);
  if (progress.state == Progress::State::probe) {
    progress.waiting = true;
  } else {
    progress.next += message.entries.size();
    progress.in_flight.push_back(progress.next - 1);
  }
  send(std::move(message));
}

// Starts a round: answers to it prove that this node led when it was sent.
void Raft::broadcast_heartbeat() {
  heartbeat_due_ = now_.monotonic + config_.heartbeat_interval;
  ++round_;
  rounds_.push_back({round_, now_});
  progress_[self_].round = round_;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    if (peer == self_) continue;
    Progress& progress = progress_[peer];
    progress.next_at_round = progress.next;
    Message message;
    message.kind = MessageKind::heartbeat;
    message.to = peer;
    message.term = term_;
    message.index = progress.match;
    message.commit = std::min(progress.match, commit_);
    message.round = round_;
    send(std::move(message));
  }
}

// Raft 5.4.2: only an entry of the current term is committed by counting; it commits all before it.
void Raft::advance_commit() {
  scratch_.assign(config_.cluster_size, 0);
  for (const PeerId peer : quorum_.voters()) scratch_[peer] = progress_[peer].match;
  scratch_[self_] = std::min(persisted_index_, log_.last_index());
  const Index index = std::min(quorum_.reached_by_quorum(scratch_), log_.last_index());
  if (index <= commit_) return;
  if (log_.term_at(index) == term_ || bugs_.commit_older_term) commit_ = index;
}

}  // namespace assay::refdb::raft
