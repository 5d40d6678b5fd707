// Log compaction and InstallSnapshot: Raft 7. A follower that needs entries which the leader no longer has gets
// the state machine instead, chunk by chunk, one chunk under way; a lost chunk is sent again when a heartbeat
// is answered. The bytes stay with the leader until no follower needs them.
#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/raft/raft.h"

namespace assay::refdb::raft {

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
// A snapshot under way holds back compaction, but not beyond this many times what is usually kept.
constexpr std::uint64_t kHeldBackMax = 8;
constexpr std::size_t kSnapshotBytesMax = std::size_t{4} * 1024 * 1024 * 1024;

}  // namespace

// What goes into messages and rows: nothing where everybody decides.
Voters Raft::unless_all(const Voters& voters) const {
  return voters.size() == config_.cluster_size ? Voters() : voters;
}

bool Raft::snapshot_is_usable() const {
  return outgoing_.bytes != nullptr && outgoing_.index >= log_.compacted_index();
}

void Raft::begin_snapshot(PeerId peer, Progress& progress) {
  progress.state = Progress::State::snapshot;
  progress.in_flight.clear();
  progress.offset = 0;
  if (!snapshot_is_usable()) {
    outgoing_ = {};
    wants_snapshot_ = true;
    return;
  }
  send_chunk(peer, progress);
}

void Raft::offer_snapshot(Index index, std::string bytes) {
  const std::optional<Term> term = log_.term_at(index);
  wants_snapshot_ = false;
  // Only a log that a seeded bug has cut lacks what was applied.
  if (!term || role_ != Role::leader) return;
  outgoing_ = {index, *term, std::make_shared<const std::string>(std::move(bytes)),
               configurations_.at(index)};
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    Progress& progress = progress_[peer];
    if (peer == self_ || progress.state != Progress::State::snapshot) continue;
    progress.offset = 0;
    send_chunk(peer, progress);
  }
}

void Raft::send_chunk(PeerId peer, Progress& progress) {
  if (!snapshot_is_usable()) return begin_snapshot(peer, progress);
  const std::string& bytes = *outgoing_.bytes;
  progress.offset = std::min<std::uint64_t>(progress.offset, bytes.size());
  if (progress.offset == 0) ++counters_.snapshots_sent;
  Message message;
  message.kind = MessageKind::snapshot;
  message.to = peer;
  message.term = term_;
  message.index = outgoing_.index;
  message.log_term = outgoing_.term;
  message.offset = progress.offset;
  message.chunk = bytes.substr(progress.offset, kChunkBytes);
  message.last_chunk = progress.offset + message.chunk.size() == bytes.size();
  message.voters = unless_all(outgoing_.voters);
  progress.chunk_sent = now_;
  send(std::move(message));
}

void Raft::handle_snapshot(Message& message) {
  if (message.voters.empty()) message.voters = all_voters(config_.cluster_size);
  if (!are_voters(message.voters, config_.cluster_size)) {
    ++counters_.dropped.nonsense;
    return;
  }
  follow(message);
  if (role_ == Role::leader || received_whole_) return;
  if (message.index <= commit_) {
    // Overtaken by appends; what is committed here agrees with the leader.
    Message answer;
    answer.kind = MessageKind::append_answer;
    answer.to = message.from;
    answer.term = term_;
    answer.index = commit_;
    return send_when_persisted(std::move(answer));
  }
  if (received_.index != message.index || received_.term != message.log_term || message.offset == 0) {
    received_ = {message.index, message.log_term, nullptr, message.voters};
    receiving_.clear();
  }
  if (message.offset == receiving_.size() && receiving_.size() + message.chunk.size() <= kSnapshotBytesMax) {
    receiving_ += message.chunk;
    if (message.last_chunk) {
      received_.bytes = std::make_shared<const std::string>(std::exchange(receiving_, {}));
      received_from_ = message.from;
      received_whole_ = true;
      return;
    }
  }
  Message answer;
  answer.kind = MessageKind::snapshot_answer;
  answer.to = message.from;
  answer.term = term_;
  answer.index = message.index;
  answer.offset = receiving_.size();
  send(std::move(answer));
}

void Raft::received_snapshot_done(bool restored) {
  ASSAY_ASSERT(received_whole_);
  received_whole_ = false;
  const Snapshot snapshot = std::exchange(received_, {});
  if (!restored) {
    ++counters_.dropped.nonsense;
    return;
  }
  ++counters_.snapshots_installed;
  if (log_.matches(snapshot.index, snapshot.term) && snapshot.index > log_.compacted_index()) {
    // Raft 7: entries behind the snapshot that agree with it stay.
    log_.compact(snapshot.index);
    configurations_.compact(snapshot.index);
  } else {
    unpersist_from(1);
    log_.reset(snapshot.index, snapshot.term);
    configurations_.reset(snapshot.index, snapshot.voters);
    adopt_configuration();
  }
  compaction_unsaved_ = true;
  commit_ = std::max(commit_, snapshot.index);
  handed_out_ = std::max(handed_out_, snapshot.index);
  if (role_ == Role::leader) return;
  Message answer;
  answer.kind = MessageKind::append_answer;
  answer.to = received_from_;
  answer.term = term_;
  answer.index = snapshot.index;
  send_when_persisted(std::move(answer));
}

void Raft::handle_snapshot_answer(const Message& message) {
  if (role_ != Role::leader) return;
  Progress& progress = progress_[message.from];
  progress.heard = now_;
  if (progress.state != Progress::State::snapshot || message.index != outgoing_.index) return;
  if (message.offset == progress.offset) return;  // an answer to a repeated chunk
  progress.offset = message.offset;
  send_chunk(message.from, progress);
}

void Raft::compact(Index index) {
  ASSAY_ASSERT(index <= handed_out_);
  if (role_ == Role::leader && snapshot_is_usable()) {
    const bool needed = std::any_of(progress_.begin(), progress_.end(), [](const Progress& progress) {
      return progress.state == Progress::State::snapshot;
    });
    if (!needed) {
      outgoing_ = {};
    } else if (index - log_.compacted_index() <= kHeldBackMax * config_.log_entries_kept) {
      index = std::min(index, outgoing_.index);
    }
  }
  if (index <= log_.compacted_index() || index > log_.last_index()) return;
  log_.compact(index);
  configurations_.compact(index);
  compaction_unsaved_ = true;
}

}  // namespace assay::refdb::raft
