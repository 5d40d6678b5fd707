#include "harness/sim/sim_disk.h"

#include <utility>

namespace assay::sim {

SimDisk::SimDisk(Simulator& simulator, SimProcesses& processes, NodeId node, const DiskConfig& config,
                 const Rng& rng)
    : simulator_(simulator),
      processes_(processes),
      node_(node),
      config_(config),
      rng_(rng.fork("disk", static_cast<std::uint64_t>(node))) {}

void SimDisk::submit(DiskBatch batch) {
  ++counters_.batches;
  queue_.push_back(std::move(batch));
  if (!busy_) start_group();
}

Nanos SimDisk::fsync_time() {
  if (rng_.chance(static_cast<std::uint64_t>(config_.slow_fsync_ppm), 1'000'000)) {
    return rng_.between(config_.fsync_max, config_.slow_fsync_max);
  }
  return rng_.between(config_.fsync_min, config_.fsync_max);
}

void SimDisk::start_group() {
  ASSAY_ASSERT(group_.empty() && !busy_);
  busy_ = true;
  std::swap(group_, queue_);
  group_syncs_ = false;
  for (const DiskBatch& batch : group_) group_syncs_ = group_syncs_ || batch.sync;
  ++counters_.appends;
  group_written_at_ = simulator_.now() + rng_.between(config_.append_min, config_.append_max);
  Nanos finished_at = group_written_at_;
  if (group_syncs_) {
    ++counters_.fsyncs;
    finished_at += fsync_time();
  }
  timer_ = simulator_.at(finished_at, [this] { finish_group(); });
}

void SimDisk::finish_group() {
  if (group_syncs_) {
    for (DiskBatch& batch : unsynced_) make_durable(batch);
    unsynced_.clear();
  }
  for (DiskBatch& batch : group_) {
    done_.push_back(batch.id);
    if (group_syncs_) {
      make_durable(batch);
    } else {
      unsynced_.push_back(std::move(batch));
    }
  }
  group_.clear();
  write_back_old_pages();
  // A paused process hears of it when it goes on, and only then hands over the next batches.
  const bool heard = processes_.deliver(node_, 0, [this] { tell_persisted(); });
  ASSAY_ASSERT(heard);  // a killed process cancelled this event
}

void SimDisk::tell_persisted() {
  busy_ = false;
  // Batches submitted by the listener go into the queue, and share the next group with those that wait.
  if (!queue_.empty()) start_group();
  std::vector<std::uint64_t> done;
  std::swap(done, done_);
  for (const std::uint64_t id : done) listener_->batch_persisted(node_, id);
  done.clear();
  if (done_.empty()) std::swap(done, done_);  // keeps its capacity
}

void SimDisk::make_durable(DiskBatch& batch) {
  for (DiskWrite& write : batch.writes) {
    if (write.value.has_value()) {
      durable_.insert_or_assign(std::move(write.key), std::move(*write.value));
    } else {
      durable_.erase(write.key);
    }
  }
  for (const auto& [first, last] : batch.delete_ranges) {
    if (first < last) durable_.erase(durable_.lower_bound(first), durable_.lower_bound(last));
  }
}

void SimDisk::write_back_old_pages() {
  if (unsynced_.size() <= kUnsyncedMax) return;
  while (unsynced_.size() > kUnsyncedMax / 2) {
    make_durable(unsynced_.front());
    unsynced_.pop_front();
  }
}

void SimDisk::process_killed() {
  simulator_.cancel(timer_);
  // Appending a group is several writes: a kill in their middle leaves the first of them.
  std::size_t written = group_.size();
  if (simulator_.now() < group_written_at_) written = static_cast<std::size_t>(rng_.below(group_.size() + 1));
  for (std::size_t i = 0; i < written; ++i) unsynced_.push_back(std::move(group_[i]));
  group_.clear();
  queue_.clear();
  done_.clear();
  busy_ = false;
}

PowerLoss SimDisk::power_lost() {
  ASSAY_ASSERT(!busy_ && group_.empty() && queue_.empty());
  PowerLoss loss;
  loss.unsynced_records = static_cast<std::int64_t>(unsynced_.size());
  std::string bytes;
  for (const DiskBatch& batch : unsynced_) encode_record(batch, bytes);
  // A last, un-synced record whose loss proves the failure: the cut lies before its end.
  encode_record(DiskBatch{}, bytes);
  // Half of the failures lose all that was not synced, the others keep some of it.
  const std::size_t kept = rng_.chance(1, 2) ? 0 : static_cast<std::size_t>(rng_.below(bytes.size()));
  loss.bytes_lost = static_cast<std::int64_t>(bytes.size() - kept);
  DecodedLog recovered = decode_log(std::string_view(bytes).substr(0, kept));
  loss.marker_gone = recovered.batches.size() <= unsynced_.size();
  for (DiskBatch& batch : recovered.batches) make_durable(batch);
  loss.records_kept = static_cast<std::int64_t>(recovered.batches.size());
  loss.records_lost = loss.unsynced_records - loss.records_kept;
  loss.torn = recovered.torn_bytes > 0;
  unsynced_.clear();
  return loss;
}

std::size_t SimDisk::wipe() {
  ASSAY_ASSERT(!busy_ && group_.empty() && queue_.empty());
  const std::size_t rows = durable_.size() + unsynced_.size();
  durable_.clear();
  unsynced_.clear();
  return rows;
}

void SimDisk::open() {
  for (DiskBatch& batch : unsynced_) make_durable(batch);
  unsynced_.clear();
}

}  // namespace assay::sim
