// Elections: Raft 5.2 and 5.4.1, pre-vote (thesis 9.6), leader stickiness (thesis 4.2.3), check-quorum
// (thesis 6.2).
#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/raft/raft.h"

namespace assay::refdb::raft {

void Raft::reset_election_deadline() {
  election_deadline_ =
      now_.monotonic + rng_.between(config_.election_timeout_min, config_.election_timeout_max);
}

// A node that just started may have promised something to a leader before it crashed, so it behaves as if it
// had heard from one.
bool Raft::leader_is_fresh() const {
  return role_ == Role::leader || now_.monotonic - leader_heard_.monotonic < config_.election_timeout_min;
}

void Raft::campaign() {
  leader_.reset();
  reset_election_deadline();
  // Who does not decide does not stand.
  if (!is_voter(self_)) {
    role_ = Role::follower;
    return;
  }
  role_ = Role::pre_candidate;
  std::fill(votes_.begin(), votes_.end(), std::nullopt);
  votes_[self_] = true;
  if (election_quorum_.tally(votes_) == Quorum::Vote::won) return start_election(false);
  request_votes(MessageKind::pre_vote_request, term_ + 1, false);
}

void Raft::start_election(bool asked_by_leader) {
  ++counters_.elections_started;
  role_ = Role::candidate;
  leader_.reset();
  ++term_;
  vote_ = self_;
  reset_election_deadline();
  std::fill(votes_.begin(), votes_.end(), std::nullopt);
  // Its own vote counts once it is durable.
  Message own;
  own.kind = MessageKind::vote_answer;
  own.to = self_;
  own.term = term_;
  send_when_persisted(std::move(own));
  request_votes(MessageKind::vote_request, term_, asked_by_leader);
}

void Raft::request_votes(MessageKind kind, Term term, bool asked_by_leader) {
  for (const PeerId peer : election_quorum_.voters()) {
    if (peer == self_) continue;
    Message request;
    request.kind = kind;
    request.to = peer;
    request.term = term;
    request.index = log_.last_index();
    request.log_term = log_.last_term();
    request.asked_by_leader = asked_by_leader;
    // The request vouches for a log that has to be there after a restart in the same term.
    send_when_persisted(std::move(request));
  }
}

void Raft::answer_pre_vote(const Message& message) {
  Message answer;
  answer.kind = MessageKind::pre_vote_answer;
  answer.to = message.from;
  answer.refused =
      message.term <= term_ || leader_is_fresh() || !log_.is_up_to_date(message.index, message.log_term);
  // A granted answer echoes the term asked for; a refused one tells a late candidate the term of today.
  answer.term = answer.refused ? term_ : message.term;
  send(std::move(answer));
}

void Raft::answer_vote(const Message& message) {
  Message answer;
  answer.kind = MessageKind::vote_answer;
  answer.to = message.from;
  answer.term = term_;
  const bool free = role_ == Role::follower && (!vote_ || *vote_ == message.from) && !leader_;
  answer.refused = !free || !log_.is_up_to_date(message.index, message.log_term);
  if (!answer.refused) {
    vote_ = message.from;
    reset_election_deadline();
  }
  send_when_persisted(std::move(answer));
}

void Raft::count_vote(const Message& message) {
  const bool is_pre_vote = message.kind == MessageKind::pre_vote_answer;
  if (is_pre_vote) {
    if (role_ != Role::pre_candidate) return;
    if (!message.refused && message.term != term_ + 1) return;
  } else if (role_ != Role::candidate) {
    return;
  }
  votes_[message.from] = !message.refused;
  switch (election_quorum_.tally(votes_)) {
    case Quorum::Vote::pending:
      return;
    case Quorum::Vote::won:
      return is_pre_vote ? start_election(false) : become_leader();
    case Quorum::Vote::lost:
      // Waits for its deadline, or for a leader.
      role_ = Role::follower;
      return;
  }
}

void Raft::become_leader() {
  ASSAY_ASSERT(role_ == Role::candidate);
  ++counters_.elections_won;
  role_ = Role::leader;
  leader_ = self_;
  for (Progress& progress : progress_) {
    progress = {};
    progress.next = log_.last_index() + 1;
    progress.heard = now_;
  }
  rounds_.clear();
  wall_lease_until_ = 0;
  lease_given_up_ = false;
  transferee_.reset();
  outgoing_ = {};
  wants_snapshot_ = false;
  term_start_ = log_.last_index() + 1;
  // Raft 8: an entry of its own term lets the leader commit, and know, all that came before. (The seeded bug
  // does without.)
  if (!bugs_.commit_older_term) {
    Entry entry;
    entry.index = term_start_;
    entry.term = term_;
    log_.append(std::move(entry));
  }
  broadcast_heartbeat();
}

// A leader that hears from no quorum for an election timeout can't know that it still leads, so it stops.
void Raft::check_quorum() {
  if (bugs_.stale_reads || bugs_.no_term_check) return;
  // The seeded bug trusts its lease more than silence.
  if (bugs_.lease_ignores_skew && lease_reads_ && wall_lease_holds()) return;
  std::vector<std::optional<bool>> heard(config_.cluster_size);
  for (const PeerId peer : quorum_.voters()) {
    heard[peer] = peer == self_ || elapsed_since(progress_[peer].heard) < config_.election_timeout_max;
  }
  if (quorum_.tally(heard) != Quorum::Vote::won) become_follower(term_, std::nullopt);
}

}  // namespace assay::refdb::raft
