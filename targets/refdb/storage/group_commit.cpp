#include "targets/refdb/storage/group_commit.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "harness/core/assert.h"

namespace assay::refdb {

namespace {

std::size_t size_of(const Effects& effects) {
  std::size_t size = 0;
  for (const Write& write : effects.writes)
    size += write.key.size() + (write.value ? write.value->size() : 0);
  for (const auto& [first, last] : effects.delete_ranges) size += first.size() + last.size();
  return size;
}

}  // namespace

GroupCommit::GroupCommit(Storage& storage, bool fsync, Report report)
    : storage_(storage), fsync_(fsync), report_(std::move(report)), thread_([this] { run(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void GroupCommit::submit(Effects&& effects) {
  ASSAY_ASSERT(effects.has_writes());
  Item item;
  item.size_bytes = size_of(effects);
  item.writes = std::move(effects.writes);
  item.delete_ranges = std::move(effects.delete_ranges);
  item.batch = effects.batch;
  item.must_sync = effects.must_sync;
  backlog_size_bytes_.fetch_add(item.size_bytes, std::memory_order_relaxed);
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back(std::move(item));
  }
  if (was_empty) wake_.notify_one();
}

CommitCounters GroupCommit::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void GroupCommit::run() {
  std::vector<Item> group;
  Storage::Batch batch;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      group.swap(queue_);
    }
    try {
      commit(group, batch);
    } catch (const std::exception& error) {
      report_(CommitReport{{}, error.what()});
      return;
    }
    CommitReport report;
    report.batches.reserve(group.size());
    std::size_t size_bytes = 0;
    for (const Item& item : group) {
      report.batches.push_back(item.batch);
      size_bytes += item.size_bytes;
    }
    backlog_size_bytes_.fetch_sub(size_bytes, std::memory_order_relaxed);
    group.clear();
    report_(std::move(report));
  }
}

void GroupCommit::commit(std::vector<Item>& group, Storage::Batch& batch) {
  batch.clear();
  bool must_sync = false;
  for (const Item& item : group) {
    batch.add(item.writes, item.delete_ranges);
    must_sync = must_sync || item.must_sync;
  }
  storage_.apply(batch);
  std::int64_t sync_nanos = -1;
  if (must_sync && fsync_) {
    const auto begin = std::chrono::steady_clock::now();
    storage_.sync();
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    sync_nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count();
  }
  count(group, batch.size_bytes(), sync_nanos);
}

void GroupCommit::count(const std::vector<Item>& group, std::size_t size_bytes, std::int64_t sync_nanos) {
  const std::lock_guard lock(mutex_);
  counters_.groups += 1;
  counters_.batches += static_cast<std::int64_t>(group.size());
  counters_.size_bytes += static_cast<std::int64_t>(size_bytes);
  if (sync_nanos < 0) return;
  counters_.syncs += 1;
  counters_.sync_nanos += sync_nanos;
  const auto bound = std::lower_bound(kSyncBoundsMicros.begin(), kSyncBoundsMicros.end(), sync_nanos / 1'000);
  counters_.sync_classes[static_cast<std::size_t>(bound - kSyncBoundsMicros.begin())] += 1;
}

}  // namespace assay::refdb
