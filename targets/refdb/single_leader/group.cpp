#include "targets/refdb/single_leader/group.h"

#include <algorithm>
#include <utility>

#include "harness/core/time.h"
#include "targets/refdb/raft/log_rows.h"

namespace assay::refdb::single_leader {

namespace {

constexpr std::size_t kDetectorWindow = 100;
// With fsync batched, the log goes to the disk this often.
constexpr std::int64_t kSyncInterval = 20 * kMillisecond;
constexpr std::string_view kDependsRow = "d";
// No cluster gets there; a message that says so is wrong.
constexpr Epoch kEpochLeapMax = Epoch{1} << 32;

// Followers lag differently: the last node by all of it, the others by their share.
std::int64_t delay_of(const ReplicaConfig& config, const Settings& settings, std::uint64_t shard) {
  const bool last = shard + 1 == static_cast<std::uint64_t>(settings.shards);
  if (settings.delay_last_shard_only && !last) return 0;
  return settings.apply_delay / config.cluster_size * (config.self + 1);
}

}  // namespace

const char* role_name(Role role) {
  switch (role) {
    case Role::follower:
      return "follower";
    case Role::surveyor:
      return "candidate";
    case Role::leader:
      break;
  }
  return "leader";
}

Group::Group(const ReplicaConfig& config, const Settings& settings, std::uint64_t shard,
             const StorageReader& storage, LocalTime now)
    : config_(config),
      settings_(settings),
      bugs_(bugs_of(config)),
      shard_(shard),
      delay_(delay_of(config, settings, shard)),
      rng_(Rng(config.seed).fork("single-leader", shard)),
      now_(now),
      base_(StateMachineOptions{}),
      state_(StateMachineOptions{}),
      detector_(kDetectorWindow, config.heartbeat_interval / 4),
      heard_leader_(now.monotonic),
      survey_answers_(config.cluster_size),
      progress_(config.cluster_size) {
  raft::StoredState stored = raft::read_stored_state(storage);
  base_.load(storage);
  log_ = raft::Log(stored.compacted_index, stored.compacted_term, std::move(stored.entries), stored.last_row);
  ASSAY_ASSERT(base_.applied_index() == log_.compacted_index());
  storage.scan(kDependsRow, [this](std::string_view key, std::string_view bytes) {
    wire::Reader reader(bytes);
    if (key != kDependsRow) return;
    base_depends_on_ = read_positions(reader);
    base_time_ = reader.signed_number();
  });
  epoch_ = stored.hard_state.term;
  commit_ = std::clamp(stored.hard_state.commit, log_.compacted_index(), log_.last_index());
  persisted_ = log_.last_index();
  knew_leader_ = epoch_ > 0;
  rebuild_state();
  expect_leader();
}

void Group::step(Message message, LocalTime now) {
  now_ = now;
  if (message.epoch > epoch_ + kEpochLeapMax || message.from >= config_.cluster_size ||
      message.from == config_.self) {
    ++counters_.dropped.future;
    return;
  }
  switch (message.kind) {
    case MessageKind::append:
      return handle_append(std::move(message));
    case MessageKind::append_answer:
      return handle_append_answer(message);
    case MessageKind::survey:
      return handle_survey(message);
    case MessageKind::survey_answer:
      return handle_survey_answer(message);
    case MessageKind::take_over:
      return handle_take_over(message);
    case MessageKind::snapshot:
      return handle_snapshot(message);
    case MessageKind::snapshot_answer:
      return handle_snapshot_answer(message);
  }
}

void Group::tick(LocalTime now) {
  now_ = now;
  if (role_ == Role::leader) {
    if (now.monotonic >= heartbeat_at_) begin_round(true);
    if (settings_.replication == Replication::semi_sync) {
      choose_synchronous();
      advance_commit();
    }
  } else if (role_ == Role::surveyor) {
    if (now.monotonic >= survey_until_) conclude_survey();
  } else if (now.monotonic >= suspect_at_) {
    begin_survey();
  }
  apply_committed();
  finish_reads();
}

std::int64_t Group::next_deadline() const {
  std::int64_t deadline = role_ == Role::leader     ? heartbeat_at_
                          : role_ == Role::surveyor ? survey_until_
                                                    : suspect_at_;
  if (sync_due_ != 0) deadline = std::min(deadline, sync_due_);
  for (const WaitingRead& read : waiting_reads_) deadline = std::min(deadline, read.until);
  if (role_ != Role::leader && !arrivals_.empty() && state_.applied_index() < commit_) {
    deadline = std::min(deadline, arrivals_.front() + delay_);
  }
  return deadline;
}

void Group::persisted(std::uint64_t batch, LocalTime now) {
  now_ = now;
  persisted_batch_ = batch;
  while (!batches_.empty() && batches_.front().first <= batch) {
    persisted_ = std::max(persisted_, batches_.front().second);
    batches_.pop_front();
  }
  while (!waiting_for_disk_.empty() && waiting_for_disk_.front().first <= batch) {
    messages_.push_back(std::move(waiting_for_disk_.front().second));
    waiting_for_disk_.pop_front();
  }
  if (role_ == Role::leader) advance_commit();
}

// What was under way to the disk is replaced by something else from `lsn` on.
void Group::unpersist_from(Lsn lsn) {
  persisted_ = std::min(persisted_, lsn - 1);
  for (auto& [batch, end] : batches_) end = std::min(end, lsn - 1);
}

Group::Output Group::take(std::uint64_t batch) {
  apply_committed();
  if (role_ == Role::leader) {
    if (std::exchange(wants_round_, false)) begin_round(false);
    for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
      if (peer != config_.self) replicate(peer, Urge::none);
    }
  }
  advance_base();
  finish_reads();
  Output output;
  if (write_rows(output)) {
    last_batch_ = batch;
    batches_.emplace_back(batch, log_.last_index());
  }
  for (Message& message : deferred_) {
    if (last_batch_ <= persisted_batch_) {
      messages_.push_back(std::move(message));
    } else {
      waiting_for_disk_.emplace_back(last_batch_, std::move(message));
    }
  }
  deferred_.clear();
  output.messages = std::exchange(messages_, {});
  output.replies = std::exchange(replies_, {});
  if (output.wants_sync) sync_due_ = 0;
  return output;
}

// Whether there are any.
bool Group::write_rows(Output& output) {
  auto& writes = output.writes;
  const raft::Log::Changes changes = log_.take_changes();
  const bool log_changed = changes.any;
  if (log_changed) {
    for (Lsn lsn = std::max(changes.first_changed, log_.first_index()); lsn <= log_.last_index(); ++lsn) {
      writes.push_back({raft::log_row(lsn), raft::encode_entry(log_.at(lsn))});
    }
    for (Lsn lsn = log_.last_index() + 1; lsn <= changes.last_stored; ++lsn) {
      writes.push_back({raft::log_row(lsn), std::nullopt});
    }
  }
  state_.forget_writes();
  const bool base_changed = std::exchange(base_dirty_, false);
  if (base_changed) {
    base_.take_writes(writes);
    std::string depends;
    wire::Writer depends_writer(depends);
    write_positions(depends_writer, base_depends_on_);
    depends_writer.signed_number(base_time_);
    writes.push_back({std::string(kDependsRow), std::move(depends)});
    writes.push_back({std::string(raft::kCompactedRow),
                      raft::encode_compacted(log_.compacted_index(), log_.compacted_term())});
    output.delete_ranges.emplace_back(raft::log_row(0), raft::log_row(log_.compacted_index() + 1));
  }
  const bool epoch_changed = std::exchange(epoch_dirty_, false);
  if (writes.empty() && !epoch_changed) {
    output.wants_sync = sync_due_ != 0 && now_.monotonic >= sync_due_;
    return output.wants_sync;
  }
  // What is acknowledged rides along: it spares a restarted node some waiting, and tells it later what it has lost.
  writes.push_back(
      {std::string(raft::kHardStateRow), raft::encode_hard_state({epoch_, std::nullopt, commit_})});
  if (settings_.fsync == Fsync::always) output.wants_sync = log_changed || epoch_changed || base_changed;
  if (settings_.fsync == Fsync::batched) {
    if (sync_due_ == 0) sync_due_ = now_.monotonic + kSyncInterval;
    output.wants_sync = now_.monotonic >= sync_due_;
  }
  return true;
}

Message Group::message_to(MessageKind kind, PeerId to) const {
  Message message;
  message.kind = kind;
  message.to = to;
  message.shard = shard_;
  message.epoch = epoch_;
  return message;
}

void Group::adopt_epoch(Epoch epoch) {
  if (epoch <= epoch_) return;
  epoch_ = epoch;
  epoch_dirty_ = true;
}

std::vector<PeerId> Group::synchronous() const {
  std::vector<PeerId> peers;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    if (peer != config_.self && progress_[peer].synchronous) peers.push_back(peer);
  }
  return peers;
}

}  // namespace assay::refdb::single_leader
