// The whole state for a follower that can't catch up from the log, in pieces, beside the stream of writes that goes on: the
// state as of some LSN, then the log from there.
#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/single_leader/group.h"

namespace assay::refdb::single_leader {

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kSnapshotBytesMax = std::size_t{4} * 1024 * 1024 * 1024;

}  // namespace

void Group::begin_snapshot(PeerId peer) {
  Progress& progress = progress_[peer];
  if (progress.state == Progress::State::snapshot) return;
  progress.state = Progress::State::snapshot;
  progress.offset = 0;
  ++counters_.snapshots_sent;
  if (outgoing_ == nullptr || outgoing_position_.lsn < log_.compacted_index()) {
    std::string bytes;
    wire::Writer writer(bytes);
    // With a retention, the follower gets what can be restored to, too.
    const bool all = settings_.retention > 0;
    write_positions(writer, all ? base_depends_on_ : depends_on_);
    writer.signed_number(all ? base_time_ : next_time() - 1);
    writer.raw((all ? base_ : state_).encode_snapshot());
    outgoing_ = std::make_shared<const std::string>(std::move(bytes));
    outgoing_position_ = all ? position_of(base_.applied_index()) : applied_position();
  }
  send_piece(peer);
}

void Group::send_piece(PeerId peer) {
  const Progress& progress = progress_[peer];
  Message message = message_to(MessageKind::snapshot, peer);
  message.position = outgoing_position_;
  // The seeded bug: the log is continued after what is acknowledged by now, not after what the snapshot has.
  if (bugs_.snapshot_without_tail) message.position = position_of(std::max(commit_, outgoing_position_.lsn));
  message.since = since_;
  message.commit = opening_;
  message.round = round_;
  message.synchronous = progress.synchronous;
  message.offset = std::min<std::uint64_t>(progress.offset, outgoing_->size());
  message.piece = outgoing_->substr(message.offset, kPieceBytes);
  message.last_piece = message.offset + message.piece.size() == outgoing_->size();
  send(std::move(message));
}

void Group::handle_snapshot(Message& message) {
  if (!obeys(message)) return;
  follow(message);
  if (incoming_position_ != message.position || message.offset == 0) {
    incoming_position_ = message.position;
    incoming_.clear();
  }
  const bool next = message.offset == incoming_.size();
  if (next && incoming_.size() + message.piece.size() <= kSnapshotBytesMax) {
    incoming_ += message.piece;
    if (message.last_piece) {
      install_snapshot(message);
      Message answer = message_to(MessageKind::append_answer, message.from);
      answer.epoch = message.epoch;
      answer.round = message.round;
      answer.position = message.position;
      // Bytes that are no snapshot: from the start.
      if (state_.applied_index() < message.position.lsn) return;
      return send_when_persisted(std::move(answer));
    }
  }
  Message answer = message_to(MessageKind::snapshot_answer, message.from);
  answer.epoch = message.epoch;
  answer.position = message.position;
  answer.round = message.round;
  answer.offset = incoming_.size();
  send(std::move(answer));
}

void Group::install_snapshot(const Message& message) {
  const Position position = message.position;
  const std::string bytes = std::exchange(incoming_, {});
  incoming_position_ = {};
  wire::Reader reader(bytes);
  Positions depends_on = read_positions(reader);
  const std::int64_t time = reader.signed_number();
  // One more copy than needed, but garbage must not leave half a state behind.
  StateMachine restored{StateMachineOptions{}};
  if (!reader.ok() || !restored.restore_snapshot(position.lsn, reader.rest())) {
    ++counters_.dropped.nonsense;
    return;
  }
  base_.restore_snapshot(position.lsn, reader.rest());
  ++counters_.snapshots_installed;
  // What this node has from where the new epoch begins is not what the leader has there.
  if (log_.last_term() < message.epoch && log_.last_index() >= message.commit) {
    counters_.entries_discarded += static_cast<std::int64_t>(log_.last_index() - message.commit + 1);
    counters_.acknowledged_discarded += forget_acks_from(message.commit, message.since);
  }
  log_.reset(position.lsn, position.epoch);
  batches_.clear();
  persisted_ = 0;
  ack_times_.clear();
  worked_out_.clear();
  base_depends_on_ = std::move(depends_on);
  base_time_ = time;
  base_dirty_ = true;
  commit_ = position.lsn;
  rebuild_state();
}

void Group::handle_snapshot_answer(const Message& message) {
  if (role_ != Role::leader || message.epoch != epoch_) return;
  Progress& progress = progress_[message.from];
  progress.heard = now_.monotonic;
  if (progress.state != Progress::State::snapshot || outgoing_ == nullptr) return;
  if (message.offset > outgoing_->size() || message.round > round_) {
    ++counters_.dropped.future;
    return;
  }
  if (message.position != outgoing_position_ || message.offset == progress.offset) return;
  progress.offset = message.offset;
  send_piece(message.from);
}

}  // namespace assay::refdb::single_leader
