// What an operator changes: single-server membership changes (thesis 4.1, with the correction of Ongaro's note to the raft-dev
// list of 2015: a leader changes nothing before an entry of its own term is committed) and leadership transfer (thesis 3.10).
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/raft/raft.h"

namespace assay::refdb::raft {

namespace {

// A node is added when it lacks no more than this of the leader's log, so that it does not hold up commitment.
constexpr Index kLackingMax = 256;

}  // namespace

// ---- the log and who decides

void Raft::append_to_log(Entry entry) {
  if (entry.kind != EntryKind::configuration) return log_.append(std::move(entry));
  std::optional<Voters> voters = decode_voters(entry.command(), config_.cluster_size);
  ASSAY_ASSERT(voters.has_value());
  configurations_.append(entry.index, std::move(*voters));
  log_.append(std::move(entry));
  adopt_configuration();
}

void Raft::truncate_log(Index from) {
  unpersist_from(from);
  log_.truncate(from);
  if (configurations_.latest_index() < from) return;
  configurations_.truncate(from);
  adopt_configuration();
}

void Raft::adopt_configuration() {
  quorum_ = Quorum(configurations_.latest());
  // The seeded bug: elections are won with the votes of those who were removed, too.
  election_quorum_ = bugs_.removed_node_votes ? Quorum(all_voters(config_.cluster_size)) : quorum_;
}

// ---- membership

std::string Raft::change_member(PeerId node, bool member, LocalTime now) {
  advance_clock(now);
  if (role_ != Role::leader) return "this node does not lead";
  if (transferee_) return "it is handing over";
  const Voters& voters = configurations_.latest();
  if (is_among(voters, node) == member) return {};
  if (!member && voters.size() == 1) return "one member has to stay";
  if (!bugs_.changes_overlap) {
    if (commit_ < term_start_) return "nothing of this term is committed yet";
    if (commit_ < configurations_.latest_index()) return "another change is under way";
  }
  const Progress& progress = progress_[node];
  const bool ready = progress.state == Progress::State::replicate &&
                     progress.match + kLackingMax >= log_.last_index() &&
                     elapsed_since(progress.heard) < config_.election_timeout_min;
  if (member && !ready) return "the node has not caught up yet";
  Entry entry;
  entry.index = log_.last_index() + 1;
  entry.term = term_;
  entry.kind = EntryKind::configuration;
  entry.data =
      std::make_shared<const std::string>(encode_voters(member ? with(voters, node) : without(voters, node)));
  append_to_log(std::move(entry));
  ++counters_.membership_changes;
  if (!member) {
    // Whoever comes back by this number may have nothing.
    progress_[node] = {};
    progress_[node].next = log_.last_index();
  }
  return {};
}

// Thesis 4.2.2: a leader that is no member leads until that is committed, and not longer. It leaves the next election to one who
// has everything, if there is one.
void Raft::leave_when_removed() {
  if (is_voter(self_) || commit_ < configurations_.latest_index()) return;
  for (const PeerId peer : quorum_.voters()) {
    if (progress_[peer].match < log_.last_index()) continue;
    send_timeout_now(peer);
    break;
  }
  become_follower(term_, std::nullopt);
}

// ---- transfer

std::string Raft::transfer(PeerId to, LocalTime now) {
  advance_clock(now);
  if (role_ != Role::leader) return "this node does not lead";
  if (to == self_) return {};
  if (!is_voter(to)) return "the node is no member";
  if (transferee_ && *transferee_ != to) return "it is handing over to another node";
  if (transferee_) return {};
  transferee_ = to;
  handed_over_ = false;
  transfer_deadline_ = now_.monotonic + config_.election_timeout_max;
  ++counters_.transfers;
  return {};
}

// Nothing new is proposed meanwhile, so the transferee soon has all.
void Raft::hand_over() {
  if (!transferee_ || handed_over_ || progress_[*transferee_].match < log_.last_index()) return;
  handed_over_ = true;
  send_timeout_now(*transferee_);
}

// Whoever gets this may be elected at once, however fresh this leader is, and however late the message comes. So no lease counts
// for the rest of the term. (The seeded bug goes on with its own.)
void Raft::send_timeout_now(PeerId to) {
  if (!bugs_.transfer_keeps_lease) lease_given_up_ = true;
  Message message;
  message.kind = MessageKind::timeout_now;
  message.to = to;
  message.term = term_;
  send(std::move(message));
}

// It did not take over: go on.
void Raft::check_transfer() {
  if (transferee_ && now_.monotonic >= transfer_deadline_) transferee_.reset();
}

void Raft::handle_timeout_now(const Message& message) {
  if (role_ == Role::leader || leader_ != message.from || !is_voter(self_)) return;
  start_election(true);
}

}  // namespace assay::refdb::raft
