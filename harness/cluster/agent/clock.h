// The wall clock that one process sees, moved live, without touching the host's clock or monotonic time.
//
// Programs read the time through the vDSO, a few pages of kernel code mapped into each process. A program
// started with a clock file has the three entry points of its private vDSO copy that return wall time
// replaced by a jump into that file, mapped shared: code that does the real system call and adds a 64-bit
// offset kept in the file's second page. Writing the offset moves the clock at once. It works for every
// program that uses the vDSO, static or not (C, the JVM, Go). Beside it there are a rate and the moment from which it counts: the
// clock gains so many millionths of the time since then; at -1,000,000 it stands still. Limits: x86-64; raw system calls and absolute
// kernel timers aren't shifted; a program that execs another gets an untouched vDSO again.
//
// A host with a clock of its own has it set instead (WallClock).
//
// Thread safety: a clock file's offset may be written and read from any thread and process. Errors: AgentError.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/cluster/agent/strobe.h"

namespace assay::agent {

// Why clocks of processes can't be moved here, or an empty string.
std::string clock_unavailable();

// Makes the file: code, and offset 0.
void make_clock_file(const std::string& path);
// Offset 0. False when it could not be written.
bool reset_clock_file(const std::string& path);

// A clock file that this process holds open.
class ClockFile {
 public:
  explicit ClockFile(const std::string& path);
  ~ClockFile();
  ClockFile(const ClockFile&) = delete;
  ClockFile& operator=(const ClockFile&) = delete;

  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }
  // Ends a rate and a strobe.
  void set_offset(std::int64_t nanos);
  // With what the clock has gained by now.
  std::int64_t offset() const;
  // Jumps between the offset of now and that plus `delta` every `period`, until set_offset() is called.
  void strobe(std::int64_t delta, std::int64_t period);
  // Gains `ppm` millionths from now on, until set_offset() is called.
  void set_rate(std::int64_t ppm);

 private:
  void store(std::int64_t nanos);
  std::atomic_ref<std::int64_t> word(std::size_t number) const { return std::atomic_ref(word_[number]); }

  std::string path_;
  int descriptor_ = -1;
  std::int64_t* word_ = nullptr;
  Strobe strobe_;
};

// Maps the clock file, open in the child as `descriptor`, and replaces the entry points; then closes it there.
// Requires: `child` is our ptrace child, stopped right after its exec; called by the thread that forked it.
void install_clock(pid_t child, int descriptor);

// What a running process really has.
struct InstalledClock {
  bool ending = false;      // it has no memory any more
  bool mapped = false;      // the clock file is in its memory map
  bool patched = false;     // all entry points jump into it
  std::int64_t offset = 0;  // read from its memory
};
InstalledClock inspect_clock(pid_t pid, const std::string& path);

// How far a wall clock is from where it should be, and how exactly that is known, in nanoseconds.
struct ClockReading {
  std::int64_t offset = 0;
  std::int64_t precision = 0;
  std::int64_t at = 0;  // on the host's monotonic clock
};

// Sets the host's own clock so that it is so far from the monotonic one. True when it was set.
bool set_wall_minus_monotonic(std::int64_t nanos);

// The clock of the whole host, moved from where it was when this object was made.
class WallClock {
 public:
  WallClock();
  std::int64_t wall_minus_monotonic() const { return base_; }
  void set_offset(std::int64_t nanos);
  ClockReading read() const;
  void strobe(std::int64_t delta, std::int64_t period);
  // By many small steps: a clock that stands still goes on for some milliseconds and comes back.
  void set_rate(std::int64_t ppm);

 private:
  std::int64_t base_;
  std::int64_t asked_ = 0;
  Strobe strobe_;
};

// What `assay-agent print-clock` prints: this process's wall clock beside the true one.
ClockReading read_own_clock();

}  // namespace assay::agent
