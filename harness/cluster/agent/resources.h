// What the database uses on this host, read from /proc once a second on a thread of its own: processor time, memory and storage of
// every process in its session; traffic of the host's network interfaces (but the loopback); and the clocks. Asked for as a whole
// when the run is over, so that measuring costs the run no conversation.
//
// Bounded: when kReadingsMax readings are kept, every other one is dropped and the period doubles.
//
// What a process used between the last reading and its death is lost. Storage is what the kernel counts for the process
// (read_bytes and write_bytes of /proc/PID/io: what reaches a device, not what lies in a page cache or a tmpfs).
//
// Thread safety: watch() and the others on one thread; the reading thread is inside. Units: microseconds of processor time, bytes,
// nanoseconds. Errors: what can't be read counts as 0.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace assay::agent {

class ClockFile;

struct ResourceReading {
  std::int64_t at = 0;  // CLOCK_MONOTONIC
  // Since the agent began.
  std::int64_t cpu_microseconds = 0;
  std::int64_t read_bytes = 0, written_bytes = 0;
  std::int64_t received_bytes = 0, sent_bytes = 0;
  std::int64_t memory_bytes = 0;  // resident, now
  std::int64_t wall = 0;          // CLOCK_REALTIME of the host, at the same moment
  std::int64_t clock_offset = 0;  // by which the process's clock was moved from that
};

// One line: the fields in the order above, separated by commas.
std::string reading_text(const ResourceReading& reading);

class ResourceSampler {
 public:
  ResourceSampler();
  // The process ends without it: see server.cpp.
  ~ResourceSampler() = default;
  ResourceSampler(const ResourceSampler&) = delete;
  ResourceSampler& operator=(const ResourceSampler&) = delete;

  // The session to look at from now on, 0 for none, and the clock that it runs on, null for the host's own; it must outlive
  // this object.
  void watch(pid_t session, const ClockFile* clock);
  // Of those that are kept, in order, `count` at most from the one with that number.
  std::vector<ResourceReading> readings(std::size_t from, std::size_t count) const;

 private:
  // What one process has used since it began.
  struct Usage {
    std::uint64_t start_ticks = 0;
    std::int64_t cpu_ticks = 0, read_bytes = 0, written_bytes = 0;
  };

  void run();
  void take_reading();
  void add_process(pid_t pid, ResourceReading& reading, std::map<pid_t, Usage>& seen);

  mutable std::mutex mutex_;
  pid_t session_ = 0;
  const ClockFile* clock_ = nullptr;
  std::vector<ResourceReading> readings_;
  // The reading thread's own.
  std::map<pid_t, Usage> last_;
  ResourceReading total_;
  int period_milliseconds_ = 1000;
  std::thread thread_;
};

}  // namespace assay::agent
