// Linearizable reads without the log: ReadIndex (thesis 6.4) and leases (thesis 6.4.1).
//
// A read needs proof that this node led at some moment after the read came in. ReadIndex: a heartbeat round
// that was sent after that and answered by a quorum; all reads that come in while a round is under way share
// the next one. Lease: a quorum that answered a round sent at time t does not elect another leader until
// election_timeout_min after t on its own clocks (stickiness), so until then minus what clocks may differ
// by, this node leads.
#include <algorithm>
#include <iterator>
#include <utility>

#include "targets/refdb/raft/raft.h"

namespace assay::refdb::raft {

void Raft::read(std::uint64_t context, LocalTime now) {
  advance_clock(now);
  if (role_ != Role::leader) {
    read_states_.push_back({context, false});
  } else if (bugs_.stale_reads) {
    read_states_.push_back({context, true});
  } else {
    new_reads_.push_back(context);
  }
}

// What is applied is all that was ever committed only once an entry of this term is.
bool Raft::may_serve_reads() const { return bugs_.commit_older_term || commit_ >= term_start_; }

std::uint64_t Raft::quorum_round() const {
  std::vector<std::uint64_t> rounds(config_.cluster_size, 0);
  for (const PeerId peer : quorum_.voters()) rounds[peer] = progress_[peer].round;
  return quorum_.reached_by_quorum(rounds);
}

bool Raft::lease_holds() {
  if (lease_given_up_) return false;
  if (bugs_.lease_ignores_skew) return wall_lease_holds();
  const std::uint64_t answered = quorum_round();
  const auto round = std::find_if(rounds_.begin(), rounds_.end(),
                                  [&](const Round& candidate) { return candidate.number == answered; });
  if (round == rounds_.end()) return false;
  const std::int64_t timeout = config_.election_timeout_min;
  // In parts per million, rounded up.
  const std::int64_t margin = timeout / 1'000'000 * config_.clock_drift_ppm_max +
                              timeout % 1'000'000 * config_.clock_drift_ppm_max / 1'000'000 + 1;
  return elapsed_since(round->sent) < timeout - margin;
}

// The seeded bug: the lease ends at a time of the wall clock, without a margin, and is only ever extended. A
// clock that is set back makes it last.
bool Raft::wall_lease_holds() {
  const std::uint64_t answered = quorum_round();
  for (const Round& round : rounds_) {
    if (round.number == answered) {
      wall_lease_until_ = std::max(wall_lease_until_, round.sent.wall + config_.election_timeout_min);
    }
  }
  return now_.wall < wall_lease_until_;
}

void Raft::start_reads() {
  if (new_reads_.empty() || !may_serve_reads()) return;
  if (lease_reads_ && lease_holds()) {
    for (const std::uint64_t context : new_reads_) read_states_.push_back({context, true});
    new_reads_.clear();
    return;
  }
  // One round at a time; a lost one is overtaken by the next regular heartbeat.
  if (!pending_reads_.empty() && quorum_round() < pending_reads_.front().round) return;
  for (const std::uint64_t context : new_reads_) pending_reads_.push_back({context, round_ + 1});
  new_reads_.clear();
  broadcast_heartbeat();
}

void Raft::finish_reads() {
  const std::uint64_t answered = quorum_round();
  while (!rounds_.empty() && rounds_.front().number < answered) rounds_.pop_front();
  while (!pending_reads_.empty() && pending_reads_.front().round <= answered) {
    read_states_.push_back({pending_reads_.front().context, true});
    pending_reads_.pop_front();
  }
  // Reads that waited for the round to end start the next one.
  if (pending_reads_.empty()) start_reads();
}

void Raft::drop_reads() {
  for (const PendingRead& read : pending_reads_) read_states_.push_back({read.context, false});
  for (const std::uint64_t context : new_reads_) read_states_.push_back({context, false});
  pending_reads_.clear();
  new_reads_.clear();
}

}  // namespace assay::refdb::raft
