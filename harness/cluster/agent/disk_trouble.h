// What brings a mounted disk (disk.h) into trouble and out of it again, each by means of the kernel's:
//   its loop device ends earlier      reads and writes beyond fail; where it ends behind ext4's journal, fsync behaves as it does
//                                     when a disk loses writes: one error, and from then on all is said to be well
//   a throttle of its block device    writes wait for their turn
//   a frozen file system              writers wait, and can't even be killed, until it is thawed
//   an error reported to ext4         the file system becomes read-only
//   a file that takes all free space
//
// Thread safety: one thread at a time. Errors: AgentError; functions that return bool are for undoing and never throw.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::agent {

// "/dev/loop3"; empty when nothing is mounted there.
std::string device_of(const std::string& mount_point);

// The device ends after so many bytes; 0: where its image does.
bool limit_device(const std::string& device, std::int64_t size_bytes);
bool device_is_limited(const std::string& device);
// Behind everything of an image of make_disk() that isn't data.
std::int64_t journal_end(const std::string& image);

// Takes all free space by a file; where it is.
std::string filler_of(const std::string& mount_point);
void fill_disk(const std::string& mount_point);

// How many writes a second, at most; 0: as many as there are. `folder`: of the blkio controller (groups.h).
bool throttle_device(const std::string& folder, const std::string& device, std::int64_t writes_per_second);

// True when it was frozen until now.
bool thaw_disk(const std::string& mount_point);
// Freezes, once a process was started that thaws after that time, whatever becomes of the agent; it thaws at once when this
// object or the agent goes.
class FrozenDisk {
 public:
  FrozenDisk(const std::string& mount_point, int thaw_milliseconds);
  ~FrozenDisk();
  FrozenDisk(const FrozenDisk&) = delete;
  FrozenDisk& operator=(const FrozenDisk&) = delete;

 private:
  int pipe_ = -1;
  pid_t timer_ = 0;
};

// ext4 is told of an error. False when this kernel has no way to.
bool break_file_system(const std::string& device);
std::string breaker_of(const std::string& device);

// What came of writing a new file, two fsyncs of it, and reading another one past the page cache: numbers as errno has them.
struct DiskTrial {
  bool answered = false;  // false: nothing came back in time
  int write_error = 0;
  int sync_error = 0;
  int second_sync_error = 0;
  int read_error = 0;
  std::int64_t read_bytes = 0;
  std::int64_t nanos = 0;  // for writing and the first fsync
};
// Done by processes of their own, because they may have to wait.
class DiskTrials {
 public:
  // So much is written, and asked for by the read.
  static constexpr std::int64_t kSizeBytes = 64 << 10;
  static constexpr std::int64_t kReadBytes = 4096;

  explicit DiskTrials(std::string mount_point) : mount_point_(std::move(mount_point)) {}
  // Makes the file that is read later. Requires: the disk is well.
  void prepare();
  DiskTrial run(int patience_milliseconds);
  // Whether the file of the last run holds something else now than what was written, read from the disk.
  bool last_is_forgotten() const;
  // How much of the last run's file is there.
  std::int64_t last_size() const;
  // Waits for what was stuck, and removes the files. Requires: the disk is well.
  void clean();

 private:
  std::string readable() const { return mount_point_ + "/assay-readable"; }

  std::string mount_point_;
  std::vector<pid_t> waiting_;
  std::vector<std::string> files_;
  std::int64_t runs_ = 0;
};

}  // namespace assay::agent
