// What a leader does: it sends its log to followers, counts who has it, and knows whether it may still accept.
#include <algorithm>
#include <utility>

#include "targets/refdb/single_leader/group.h"

namespace assay::refdb::single_leader {

namespace {

constexpr std::size_t kEntriesMax = 512;
constexpr std::size_t kEntriesBytesMax = 256 * 1024;
constexpr Lsn kWindowMax = 8'192;  // entries under way to one follower
constexpr std::size_t kRoundsKept = 1'024;
constexpr std::size_t kAckTimesKept = 100'000;
constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

void Group::begin_round(bool heartbeat) {
  ++round_;
  round_times_.emplace_back(round_, bugs_.lease_ignores_clock ? now_.wall : now_.monotonic);
  if (round_times_.size() > kRoundsKept) round_times_.pop_front();
  if (heartbeat) heartbeat_at_ = now_.monotonic + config_.heartbeat_interval;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    if (peer != config_.self) replicate(peer, heartbeat ? Urge::heartbeat : Urge::round);
  }
  if (config_.cluster_size == 1) advance_commit();
}

void Group::send_append(PeerId peer, Lsn from, std::size_t entries_max, Urge urge) {
  Progress& progress = progress_[peer];
  Message message = message_to(MessageKind::append, peer);
  message.position = position_of(from - 1);
  message.commit = commit_;
  message.round = round_;
  message.since = since_;
  message.synchronous = progress.synchronous;
  message.heartbeat = urge == Urge::heartbeat;
  if (entries_max > 0 && from <= log_.last_index())
    message.entries = log_.slice(from, entries_max, kEntriesBytesMax);
  progress.commit_sent = std::min(commit_, from - 1 + message.entries.size());
  send(std::move(message));
}

void Group::replicate(PeerId peer, Urge urge) {
  Progress& progress = progress_[peer];
  if (progress.state != Progress::State::snapshot && progress.next <= log_.compacted_index()) {
    begin_snapshot(peer);
  }
  if (progress.state == Progress::State::snapshot) {
    if (urge == Urge::none) return;
    send_append(peer, log_.first_index(), 0, urge);
    // A piece that got lost is sent again when nothing came of it for a whole heartbeat.
    if (urge == Urge::heartbeat &&
        std::exchange(progress.offset_resent, progress.offset) == progress.offset) {
      send_piece(peer);
    }
    return;
  }
  if (progress.state == Progress::State::probe) {
    if (progress.probe_sent && urge == Urge::none) return;
    progress.probe_sent = true;
    return send_append(peer, progress.next, kEntriesMax, urge);
  }
  // An asynchronous leader ships what it has acknowledged or is about to, never what it could still forget.
  const Lsn end = settings_.replication == Replication::async ? persisted_ : log_.last_index();
  bool sent = false;
  while (progress.next <= end && progress.next <= progress.match + kWindowMax) {
    const Lsn from = progress.next;
    const std::size_t count = std::min<std::size_t>(kEntriesMax, end - from + 1);
    send_append(peer, from, count, std::exchange(urge, Urge::none));
    progress.next = from + messages_.back().entries.size();
    sent = true;
  }
  if (!sent && (urge != Urge::none || progress.commit_sent < std::min(commit_, progress.next - 1))) {
    send_append(peer, progress.next, 0, urge);
  }
}

void Group::handle_append_answer(const Message& message) {
  if (role_ != Role::leader) return;
  if (message.epoch > epoch_) return step_down(message.epoch, std::nullopt);
  if (message.epoch < epoch_) return;
  if (message.round > round_ || (!message.refused && message.position.lsn > log_.last_index())) {
    ++counters_.dropped.future;
    return;
  }
  Progress& progress = progress_[message.from];
  progress.heard = now_.monotonic;
  progress.round = std::max(progress.round, message.round);
  if (message.refused) {
    handle_refusal(message.from, message);
  } else if (progress.state != Progress::State::snapshot || message.position.lsn >= outgoing_position_.lsn) {
    progress.match = std::max(progress.match, message.position.lsn);
    progress.next = progress.state == Progress::State::stream ? std::max(progress.next, progress.match + 1)
                                                              : progress.match + 1;
    progress.state = Progress::State::stream;
    progress.probe_sent = false;
  }
  advance_commit();
  finish_reads();
}

void Group::handle_refusal(PeerId peer, const Message& message) {
  Progress& progress = progress_[peer];
  if (progress.state == Progress::State::snapshot) return;
  const bool about_last_probe = message.refused_at + 1 == progress.next;
  if (progress.state == Progress::State::probe && !about_last_probe) return;
  // An answer from before: the follower has come further since.
  if (message.refused_at < progress.match) return;
  if (message.needs_snapshot || message.position.lsn > log_.last_index()) return begin_snapshot(peer);
  progress.state = Progress::State::probe;
  progress.probe_sent = false;
  // A follower whose disk was wiped has less than it once had.
  progress.match = std::min(progress.match, message.position.lsn);
  progress.next = message.position.lsn + 1;
}

// The last LSN that everybody has who must.
Lsn Group::acknowledged_lsn() const {
  Lsn lsn = persisted_;
  if (settings_.replication == Replication::async || bugs_.ack_before_followers) return lsn;
  if (settings_.replication == Replication::quorum) {
    std::vector<Lsn> ends;
    for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
      ends.push_back(peer == config_.self ? persisted_ : progress_[peer].match);
    }
    std::sort(ends.rbegin(), ends.rend());
    return ends[majority() - 1];
  }
  const bool all = settings_.replication == Replication::sync_all;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    if (peer == config_.self || (!all && !progress_[peer].synchronous)) continue;
    lsn = std::min(lsn, progress_[peer].match);
  }
  return lsn;
}

void Group::advance_commit() {
  if (role_ != Role::leader || !accepting()) return;
  const Lsn lsn = acknowledged_lsn();
  // What earlier leaders wrote counts as acknowledged together with the entry that opens this epoch: Raft 5.4.2.
  if (lsn <= commit_ || lsn < opening_) return;
  if (commit_ < opening_ && failover_from_ != 0) {
    counters_.failover_total_ns += now_.monotonic - std::exchange(failover_from_, 0);
  }
  for (Lsn each = std::max(commit_ + 1, opening_); each <= lsn; ++each)
    ack_times_.emplace_back(each, now_.wall);
  while (ack_times_.size() > kAckTimesKept) ack_times_.pop_front();
  commit_ = lsn;
  acknowledged_ = lsn;
  apply_committed();
  finish_reads();
}

std::int64_t Group::majority_heard() const {
  std::vector<std::int64_t> times;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    times.push_back(peer == config_.self ? now_.monotonic : progress_[peer].heard);
  }
  std::sort(times.rbegin(), times.rend());
  return times[majority() - 1];
}

std::uint64_t Group::majority_round() const {
  std::vector<std::uint64_t> rounds;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    rounds.push_back(peer == config_.self ? round_ : progress_[peer].round);
  }
  std::sort(rounds.rbegin(), rounds.rend());
  return rounds[majority() - 1];
}

// Followers keep to a leader for `lease` by their own clocks from when they heard it, so this one may count from when it
// began to speak, less what two clocks may drift apart.
bool Group::lease_holds() const {
  const std::uint64_t round = majority_round();
  for (auto each = round_times_.rbegin(); each != round_times_.rend(); ++each) {
    if (each->first > round) continue;
    // The seeded bug: the wall clock, which may be set back, and no margin.
    if (bugs_.lease_ignores_clock) return now_.wall < each->second + settings_.lease;
    const std::int64_t margin = settings_.lease / kMillion * 2 * config_.clock_drift_ppm_max;
    return now_.monotonic < each->second + settings_.lease - margin;
  }
  return false;
}

bool Group::accepting() const {
  if (role_ != Role::leader) return false;
  switch (settings_.protection) {
    case Protection::lease:
      return lease_holds();
    case Protection::quorum:
      return now_.monotonic <= majority_heard() + settings_.failure_timeout;
    case Protection::none:
    case Protection::fencing_token:
      break;
  }
  return true;
}

// Synchronous followers that fell silent are replaced by those that are furthest among the others, if there are any.
void Group::choose_synchronous() {
  if (settings_.replication != Replication::semi_sync || role_ != Role::leader) return;
  const auto silent = [&](PeerId peer) {
    return now_.monotonic > progress_[peer].heard + settings_.failure_timeout;
  };
  std::size_t count = synchronous().size();
  const auto wanted = static_cast<std::size_t>(settings_.semi_sync_count);
  const auto best_other = [&]() -> std::optional<PeerId> {
    std::optional<PeerId> best;
    for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
      if (peer == config_.self || progress_[peer].synchronous || silent(peer)) continue;
      if (!best || progress_[peer].match > progress_[*best].match) best = peer;
    }
    return best;
  };
  for (; count < wanted; ++count) {
    const std::optional<PeerId> best = best_other();
    if (!best) return;
    progress_[*best].synchronous = true;
  }
  for (const PeerId peer : synchronous()) {
    if (!silent(peer)) continue;
    const std::optional<PeerId> best = best_other();
    if (!best) return;
    progress_[peer].synchronous = false;
    progress_[*best].synchronous = true;
    ++counters_.synchronous_replaced;
  }
}

}  // namespace assay::refdb::single_leader
