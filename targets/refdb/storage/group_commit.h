// Group commit: one thread that takes the batches a replica wants to keep, applies them in order, syncs once
// for all of them, and reports which are durable. While it waits for the disk the next group gathers.
//
// Thread safety: submit(), backlog_size_bytes() and counters() from any thread; submit() in the order of the
// replica's takes. `report` runs on the storage thread and must only hand over (post) what it got.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "targets/refdb/replica/replica.h"
#include "targets/refdb/storage/storage.h"

namespace assay::refdb {

struct CommitReport {
  std::vector<std::uint64_t> batches;  // durable now, in the order in which they were submitted
  std::string error;  // not empty: the disk failed, `batches` is empty and nothing further will be reported
};

// Upper bounds of the classes in which syncs are counted, in microseconds; one class more for longer ones.
inline constexpr std::array<std::int64_t, 10> kSyncBoundsMicros = {100,   200,    500,    1'000,   2'000,
                                                                   5'000, 10'000, 50'000, 200'000, 1'000'000};

struct CommitCounters {
  std::int64_t groups = 0;
  std::int64_t batches = 0;
  std::int64_t size_bytes = 0;
  std::int64_t syncs = 0;
  std::int64_t sync_nanos = 0;
  std::array<std::int64_t, kSyncBoundsMicros.size() + 1> sync_classes{};
};

class GroupCommit {
 public:
  using Report = std::function<void(CommitReport)>;

  // `storage` must outlive this and is used by nobody else from now on. Without `fsync` nothing is ever
  // synced: for measurements, and for runs that don't lose power.
  GroupCommit(Storage& storage, bool fsync, Report report);
  // Applies and syncs everything that was submitted, then ends the thread.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Takes writes, delete_ranges, must_sync and batch of the effects. Requires: effects.has_writes().
  void submit(Effects&& effects);
  // Submitted and not yet reported.
  std::size_t backlog_size_bytes() const { return backlog_size_bytes_.load(std::memory_order_relaxed); }
  CommitCounters counters() const;

 private:
  struct Item {
    std::vector<Write> writes;
    std::vector<std::pair<std::string, std::string>> delete_ranges;
    std::uint64_t batch = 0;
    bool must_sync = false;
    std::size_t size_bytes = 0;
  };

  void run();
  void commit(std::vector<Item>& group, Storage::Batch& batch);
  void count(const std::vector<Item>& group, std::size_t size_bytes, std::int64_t sync_nanos);

  Storage& storage_;
  const bool fsync_;
  const Report report_;
  std::atomic<std::size_t> backlog_size_bytes_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;  // guarded by mutex_, like all that follows
  bool stopping_ = false;
  CommitCounters counters_;
  std::thread thread_;
};

}  // namespace assay::refdb
