// What else the machine did while a run was measured on it: processor time by others, time stolen by other machines on the
// same hardware, what waited for a processor, and how busy the harness itself was. Read once a second from /proc, on a
// thread of its own. Such figures are shown and let a gate refuse to judge; they change no measurement.
//
// Thread safety: one owner. Errors: what the kernel does not offer is left out (HostNoise::pressure_known).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/core/measurements.h"

namespace assay {

// Counters of the machine since it started, and of this program.
struct HostReading {
  Nanos at = 0;
  std::int64_t total_ticks = 0, idle_ticks = 0, steal_ticks = 0;  // of all processors
  std::optional<std::int64_t> pressure_microseconds;
  std::int64_t own_microseconds = 0;
  double load = 0;
};

// Of /proc/stat, /proc/pressure/cpu (empty: there is none) and /proc/loadavg.
HostReading parse_host(std::string_view stat, std::string_view pressure, std::string_view load);
// What happened between two readings. Requires: after.at > before.at.
HostSample host_sample(const HostReading& before, const HostReading& after);
// Mean and worst of the samples that lie in the main phase.
void summarize_host(HostNoise& noise, Nanos main_begin, Nanos main_end);

class HostSampler {
 public:
  // Begins; times count from now.
  HostSampler();
  ~HostSampler();
  // Ends; may be called once.
  HostNoise finish();

 private:
  void run();
  HostReading read() const;

  const std::int64_t began_;
  const std::int64_t wall_begin_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<HostReading> readings_;
  std::thread thread_;
};

}  // namespace assay
