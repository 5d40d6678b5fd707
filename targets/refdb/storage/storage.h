// The durable ordered map under one node of refdb: a RocksDB database in a folder of its own, tuned for many
// small writes whose only slow part is the sync of the write-ahead log.
//
// Settings, and why (measured on ext4 on a virtual disk, records of 4,000 bytes):
//  - Recovery stops at the first hole in the log (point in time), because a replica relies on a prefix of its
//    writes. RocksDB 7.8 silently ignores recycling of logs in that mode. It would save little: fdatasync
//    takes 150-170 us (median) on blocks that a file already has and 220-260 us on a file that grows; apply()
//    and sync() here take 12 and 200 us.
//    A hole in what had been synced is damage, which RocksDB can't tell from the end: the logs are looked at before it opens
//    them (log_check.h).
//  - A memtable of 32 MiB and tables written out evenly (bytes_per_sync): each flush of a memtable makes some
//    syncs of the log wait for 5-15 ms.
//  - No compression: the data is small and short-lived.
//
// Thread safety: one thread at a time; counters are read by the owner of that thread. Errors: the constructor
// throws InputError for a folder that can't be used as configured (not writable, belongs to another node) and
// HarnessError for a folder that is locked or damaged; apply() and sync() throw HarnessError naming the node,
// after which nothing may be acknowledged any more: a failed fsync must never be retried, the kernel has
// dropped the pages.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

struct StorageOptions {
  std::string directory;  // created when it is not there (its parent must be)
  std::string node;       // for messages
  // Written into a new folder and compared with what an old one holds, so that a node never runs on another's
  // data. Empty: not checked.
  std::string identity;
};

class Storage : public StorageReader {
 public:
  explicit Storage(StorageOptions options);
  ~Storage() override;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // Collects changes that one apply() will make atomic. Deletions of ranges come after the writes of their
  // take.
  class Batch {
   public:
    Batch();
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    void add(const std::vector<Write>& writes,
             const std::vector<std::pair<std::string, std::string>>& delete_ranges);
    void clear();
    bool empty() const;
    std::size_t size_bytes() const;

   private:
    friend class Storage;
    struct State;
    std::unique_ptr<State> state_;
  };

  // Appends the batch to the log and to the map, atomically. Survives a crash of the process, not yet power
  // loss.
  void apply(Batch& batch);
  void apply(const std::vector<Write>& writes,
             const std::vector<std::pair<std::string, std::string>>& delete_ranges);
  // When it returns, everything that was applied survives power loss.
  void sync();

  void scan(std::string_view prefix,
            const std::function<void(std::string_view key, std::string_view value)>& visit) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::refdb
