#include "harness/sim/sim_disk.h"

#include <iterator>
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
  if (is(DiskTrouble::slow)) finished_at += fault_->delay;
  timer_ = simulator_.at(finished_at, [this] { finish_group(); });
}

void SimDisk::finish_group() {
  if (is(DiskTrouble::stuck)) {
    waits_ = true;
    return;
  }
  if (const std::string error = write_error(); !error.empty()) return fail_group(error);
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

std::string SimDisk::write_error() const {
  if (is(DiskTrouble::full)) return "no space left on the disk";
  if (is(DiskTrouble::read_only)) return "the file system is read-only";
  if (is(DiskTrouble::errors) || (is(DiskTrouble::lost_sync) && group_syncs_)) return "input/output error";
  return {};
}

// The store stays busy for ever: it begins nothing more.
void SimDisk::fail_group(const std::string& reason) {
  ++counters_.failed;
  if (is(DiskTrouble::lost_sync)) {
    for (DiskBatch& batch : unsynced_) forgotten_.push_back(std::move(batch));
    for (DiskBatch& batch : group_) forgotten_.push_back(std::move(batch));
    unsynced_.clear();
    fault_.reset();
  }
  group_.clear();
  processes_.deliver(node_, 0, [this, reason = reason] { listener_->disk_failed(node_, reason); });
}

void SimDisk::process_killed() {
  waits_ = false;
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

void SimDisk::finish() {
  if (fault_.has_value()) return;  // then it ends as if it were killed
  for (DiskBatch& batch : group_) unsynced_.push_back(std::move(batch));
  for (DiskBatch& batch : queue_) unsynced_.push_back(std::move(batch));
  for (DiskBatch& batch : unsynced_) make_durable(batch);
  unsynced_.clear();
  group_.clear();
  queue_.clear();
}

PowerLoss SimDisk::power_lost(bool tear) {
  ASSAY_ASSERT(!busy_ && group_.empty() && queue_.empty());
  PowerLoss loss;
  const auto forgotten = static_cast<std::int64_t>(forgotten_.size());
  forgotten_.clear();
  loss.unsynced_records = static_cast<std::int64_t>(unsynced_.size()) + forgotten;
  std::string bytes;
  for (const DiskBatch& batch : unsynced_) encode_record(batch, bytes);
  // A last, un-synced record whose loss proves the failure: the cut lies before its end.
  encode_record(DiskBatch{}, bytes);
  // Half of the failures lose all that was not synced, the others keep some of it.
  std::size_t kept = 0;
  if (tear) {
    kept = static_cast<std::size_t>(rng_.between(1, static_cast<std::int64_t>(bytes.size()) - 2));
    // Never at a record's end: records are longer than a byte.
    if (decode_log(std::string_view(bytes).substr(0, kept)).torn_bytes == 0) ++kept;
  } else if (!rng_.chance(1, 2)) {
    kept = static_cast<std::size_t>(rng_.below(bytes.size()));
  }
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
  forgotten_.clear();
  damaged_.clear();
  return rows;
}

std::string SimDisk::open() {
  for (const auto& [key, bytes] : damaged_) {
    const DecodedLog decoded = decode_log(bytes);
    const bool whole = decoded.batches.size() == 1 && decoded.torn_bytes == 0 &&
                       decoded.batches[0].writes.size() == 1 && decoded.batches[0].writes[0].key == key;
    if (!whole) return "the data is damaged: a checksum is wrong";
  }
  // A store writes when it opens, and reads what it holds.
  if (is(DiskTrouble::full) || is(DiskTrouble::read_only) || is(DiskTrouble::errors)) return write_error();
  for (DiskBatch& batch : forgotten_) make_durable(batch);
  for (DiskBatch& batch : unsynced_) make_durable(batch);
  forgotten_.clear();
  unsynced_.clear();
  return {};
}

void SimDisk::set_trouble(const DiskFault& fault) {
  relieve();
  fault_ = fault;
}

void SimDisk::relieve() {
  fault_.reset();
  if (!std::exchange(waits_, false)) return;
  timer_ = simulator_.at(simulator_.now(), [this] { finish_group(); });
}

DiskTrial SimDisk::try_out() const {
  DiskTrial trial;
  if (is(DiskTrouble::errors)) trial.reading = write_error();
  trial.error = is(DiskTrouble::lost_sync) ? "input/output error" : write_error();
  trial.answers = !is(DiskTrouble::stuck);
  if (is(DiskTrouble::slow)) trial.delay = fault_->delay;
  return trial;
}

std::string SimDisk::encoded_row(Map::const_iterator row) const {
  DiskBatch batch;
  batch.writes.push_back({row->first, row->second});
  std::string bytes;
  encode_record(batch, bytes);
  return bytes;
}

std::string SimDisk::damage(FileDamage::Kind kind, std::uint64_t draw) {
  ASSAY_ASSERT(!busy_ && group_.empty() && queue_.empty());
  open();
  const std::size_t rows_needed = kind == FileDamage::Kind::misdirect ? 2 : 1;
  if (kind == FileDamage::Kind::stale || durable_.size() < rows_needed) return {};
  const std::size_t place = draw % durable_.size();
  const auto row = std::next(durable_.begin(), static_cast<std::ptrdiff_t>(place));
  std::string bytes = encoded_row(row);
  const std::size_t at = draw / durable_.size() % bytes.size();
  if (kind == FileDamage::Kind::flip) bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw % 8));
  if (kind == FileDamage::Kind::truncate) bytes.resize(at);
  if (kind == FileDamage::Kind::misdirect) bytes = encoded_row(place > 0 ? std::prev(row) : std::next(row));
  damaged_[row->first] = std::move(bytes);
  return row->first;
}

}  // namespace assay::sim
