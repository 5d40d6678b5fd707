#include "harness/cluster/agent/resources.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr std::size_t kReadingsMax = 1024;

std::string process_file(pid_t pid, const char* name) {
  return read_whole_file("/proc/" + std::to_string(pid) + "/" + name);
}

// User and system time, in ticks; 0 when the process is gone.
std::int64_t cpu_ticks(pid_t pid) {
  const std::string text = process_file(pid, "stat");
  const std::size_t name_end = text.rfind(')');
  unsigned long long user = 0, system = 0;
  if (name_end == std::string::npos ||
      std::sscanf(text.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
                  &user, &system) != 2) {
    return 0;
  }
  return static_cast<std::int64_t>(user + system);
}

std::int64_t resident_bytes(pid_t pid) {
  const std::string text = process_file(pid, "statm");
  long long size = 0, resident = 0;
  if (std::sscanf(text.c_str(), "%lld %lld", &size, &resident) != 2) return 0;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// "name: number" on a line of its own.
std::int64_t field_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + ": ");
  return at == std::string::npos ? 0 : std::strtoll(text.c_str() + at + name.size() + 3, nullptr, 10);
}

// All interfaces but the loopback.
void add_network(ResourceReading& reading) {
  std::istringstream lines(read_whole_file("/proc/net/dev"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(' ');
    if (line.compare(begin, colon - begin, "lo") == 0) continue;
    long long received = 0, sent = 0;
    if (std::sscanf(line.c_str() + colon + 1, " %lld %*d %*d %*d %*d %*d %*d %*d %lld", &received, &sent) !=
        2)
      continue;
    reading.received_bytes += received;
    reading.sent_bytes += sent;
  }
}

}  // namespace

std::string reading_text(const ResourceReading& reading) {
  std::string out;
  for (const std::int64_t number : {reading.at, reading.cpu_microseconds, reading.read_bytes,
                                    reading.written_bytes, reading.received_bytes, reading.sent_bytes,
                                    reading.memory_bytes, reading.wall, reading.clock_offset}) {
    out += (out.empty() ? "" : ",") + std::to_string(number);
  }
  return out;
}

ResourceSampler::ResourceSampler() {
  thread_ = std::thread([this] { run(); });
  thread_.detach();
}

void ResourceSampler::watch(pid_t session, const ClockFile* clock) {
  const std::lock_guard lock(mutex_);
  session_ = session;
  clock_ = clock;
}

std::vector<ResourceReading> ResourceSampler::readings(std::size_t from, std::size_t count) const {
  const std::lock_guard lock(mutex_);
  const std::size_t begin = std::min(from, readings_.size());
  const std::size_t end = begin + std::min(count, readings_.size() - begin);
  return {readings_.begin() + static_cast<std::ptrdiff_t>(begin),
          readings_.begin() + static_cast<std::ptrdiff_t>(end)};
}

void ResourceSampler::run() {
  while (true) {
    take_reading();
    pause_milliseconds(period_milliseconds_);
  }
}

void ResourceSampler::add_process(pid_t pid, ResourceReading& reading, std::map<pid_t, Usage>& seen) {
  const ProcessStat stat = process_stat(pid);
  const std::string io = process_file(pid, "io");
  Usage usage{stat.start_ticks, cpu_ticks(pid), field_of(io, "read_bytes"), field_of(io, "write_bytes")};
  Usage before{.start_ticks = usage.start_ticks};
  if (const auto found = last_.find(pid);
      found != last_.end() && found->second.start_ticks == stat.start_ticks)
    before = found->second;
  const auto grown = [](std::int64_t now, std::int64_t then) {
    return std::max<std::int64_t>(now - then, 0);
  };
  reading.cpu_microseconds += grown(usage.cpu_ticks, before.cpu_ticks) * 1'000'000 / ::sysconf(_SC_CLK_TCK);
  reading.read_bytes += grown(usage.read_bytes, before.read_bytes);
  reading.written_bytes += grown(usage.written_bytes, before.written_bytes);
  reading.memory_bytes += resident_bytes(pid);
  seen[pid] = usage;
}

void ResourceSampler::take_reading() {
  pid_t session = 0;
  {
    const std::lock_guard lock(mutex_);
    session = session_;
  }
  ResourceReading reading = total_;
  reading.memory_bytes = reading.received_bytes = reading.sent_bytes = 0;
  std::map<pid_t, Usage> seen;
  if (session != 0) {
    for (const pid_t pid : session_members(session)) add_process(pid, reading, seen);
  }
  add_network(reading);
  last_ = std::move(seen);
  const std::lock_guard lock(mutex_);
  reading.clock_offset = clock_ == nullptr ? 0 : clock_->offset();
  reading.at = monotonic_nanos();
  reading.wall = true_wall_nanos();
  total_ = reading;
  readings_.push_back(reading);
  if (readings_.size() < kReadingsMax) return;
  for (std::size_t i = 0; 2 * i < readings_.size(); ++i) readings_[i] = readings_[2 * i];
  readings_.resize(readings_.size() / 2);
  period_milliseconds_ *= 2;
}

}  // namespace assay::agent
