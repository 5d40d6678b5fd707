// The disk of one simulated node: an ordered map of bytes behind a write-ahead log. A batch passes three stages:
//
//   submitted  in the process's memory           lost when the process is killed
//   written    in the system's page cache        survives a kill; power loss keeps a random prefix of these bytes
//   durable    fsynced                           survives everything
//
// The disk does one thing at a time; batches that arrive meanwhile share the next append and fsync (group commit).
// Kept in memory: the map of what is durable, and the batches that are not. Their bytes are only laid out when power
// is lost, because nothing else can tell the difference; opening the disk makes what was written durable, as a store
// that flushes after recovery does.
//
// A disk may be in trouble (core/target.h). The store on it does what stores should: it tells its process of the first write or
// fsync that fails and does nothing more, and it does not open where it can't write, or where a checksum is wrong.
//
// Thread safety: none. Ownership: the listener outlives the disk's events.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/rng.h"
#include "harness/core/target.h"
#include "harness/sim/disk_log.h"
#include "harness/sim/sim_processes.h"
#include "harness/sim/simulator.h"

namespace assay::sim {

struct DiskConfig {
  Nanos append_min = 5 * kMicrosecond;
  Nanos append_max = 30 * kMicrosecond;
  Nanos fsync_min = 200 * kMicrosecond;
  Nanos fsync_max = 2 * kMillisecond;
  std::int64_t slow_fsync_ppm = 2'000;  // now and then a disk takes its time
  Nanos slow_fsync_max = 50 * kMillisecond;
};

struct DiskCounters {
  std::int64_t batches = 0;
  std::int64_t appends = 0;
  std::int64_t fsyncs = 0;
  std::int64_t failed = 0;  // appends and fsyncs
};

// What a power failure did.
struct PowerLoss {
  std::int64_t unsynced_records = 0;  // written, not fsynced
  std::int64_t records_kept = 0;      // of these, whole ones on the platter
  std::int64_t records_lost = 0;
  std::int64_t bytes_lost = 0;
  bool torn = false;         // a record was cut in its middle, found by its length or CRC, and dropped
  bool marker_gone = false;  // an un-synced record that was written just before is not there any more
};

// What a write, an fsync and a read beside the store would come to now.
struct DiskTrial {
  std::string error;    // of the write or the fsync; empty: it succeeds
  std::string reading;  // the same
  bool answers = true;  // false: nothing comes back
  Nanos delay = 0;      // by which it takes longer than usual
};

class DiskListener {
 public:
  virtual ~DiskListener() = default;
  // In the process, in order of submission: all that the batch asked for is done.
  virtual void batch_persisted(NodeId node, std::uint64_t batch) = 0;
  // In the process: a write or an fsync failed; nothing more is done or reported.
  virtual void disk_failed(NodeId node, const std::string& reason) = 0;
};

class SimDisk {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;

  SimDisk(Simulator& simulator, SimProcesses& processes, NodeId node, const DiskConfig& config,
          const Rng& rng);

  void set_listener(DiskListener* listener) { listener_ = listener; }

  void submit(DiskBatch batch);

  void process_killed();
  // The process ends in good order: what it submitted is durable.
  void finish();
  // `tear`: the cut is inside a record. Requires: the process is dead.
  PowerLoss power_lost(bool tear = false);
  // Everything is gone; how many rows that were. Requires: the process is dead.
  std::size_t wipe();
  // Before a new process reads. Why it can't; empty when it can.
  std::string open();

  void set_trouble(const DiskFault& fault);
  void relieve();
  DiskTrial try_out() const;
  // Changes the bytes of one row, so that a checksum or its key tells; the row's key. Empty: there is no such row, or the kind
  // needs older bytes than a simulated disk keeps. Requires: the process is dead.
  std::string damage(FileDamage::Kind kind, std::uint64_t draw);
  // The bytes are what they were.
  void repair() { damaged_.clear(); }

  // What is durable; after open() all there is.
  const Map& content() const { return durable_; }
  // Calls visit(key, value) for every key that starts with `prefix`, in order of bytes.
  template <typename Visit>
  void scan(std::string_view prefix, Visit&& visit) const {
    for (auto it = durable_.lower_bound(prefix); it != durable_.end() && it->first.starts_with(prefix);
         ++it) {
      visit(std::string_view(it->first), std::string_view(it->second));
    }
  }

  const DiskCounters& counters() const { return counters_; }
  std::size_t unsynced_count() const { return unsynced_.size() + group_.size() + queue_.size(); }

  // More un-synced records than this are not kept: the system writes old pages back by itself.
  static constexpr std::size_t kUnsyncedMax = 4096;

 private:
  void start_group();
  void finish_group();
  void tell_persisted();
  void make_durable(DiskBatch& batch);
  void write_back_old_pages();
  Nanos fsync_time();
  bool is(DiskTrouble trouble) const { return fault_.has_value() && fault_->trouble == trouble; }
  std::string write_error() const;
  void fail_group(const std::string& reason);
  std::string encoded_row(Map::const_iterator row) const;

  Simulator& simulator_;
  SimProcesses& processes_;
  NodeId node_;
  DiskConfig config_;
  Rng rng_;
  DiskListener* listener_ = nullptr;
  DiskCounters counters_;
  Map durable_;
  std::deque<DiskBatch> unsynced_;   // written, in order
  std::vector<DiskBatch> group_;     // being appended and fsynced
  std::vector<DiskBatch> queue_;     // submitted, waiting for the next group
  std::vector<std::uint64_t> done_;  // to be told, in order
  // Seen by whoever reads before the power is lost, and never written: an fsync of them failed.
  std::vector<DiskBatch> forgotten_;
  std::map<std::string, std::string> damaged_;  // the bytes of rows, by what their keys were
  std::optional<DiskFault> fault_;
  bool waits_ = false;  // a group is done but for a disk that is stuck
  bool busy_ = false;
  bool group_syncs_ = false;
  Nanos group_written_at_ = 0;
  Simulator::Timer timer_;
};

}  // namespace assay::sim
