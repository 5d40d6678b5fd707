#include "harness/run/host_noise.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

namespace assay {

namespace {

constexpr auto kEvery = std::chrono::seconds(1);
constexpr int kTickFields = 8;  // user nice system idle iowait irq softirq steal; guest time is in user

std::int64_t steady_nanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Only to find the moments of a run in the logs of others.
std::int64_t wall_nanos() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

std::string whole_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The whole number at the beginning, past spaces; the text goes on behind it.
std::int64_t take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc()) text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

double share(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0
                    : 100 * static_cast<double>(std::max<std::int64_t>(part, 0)) / static_cast<double>(whole);
}

constexpr double HostSample::*kShares[] = {&HostSample::cpu_pressure_percent, &HostSample::busy_percent,
                                           &HostSample::steal_percent, &HostSample::own_percent,
                                           &HostSample::load};

}  // namespace

HostReading parse_host(std::string_view stat, std::string_view pressure, std::string_view load) {
  HostReading reading;
  std::string_view ticks = stat.substr(0, stat.find('\n'));
  ticks.remove_prefix(std::min(ticks.find(' '), ticks.size()));
  for (int field = 0; field < kTickFields; ++field) {
    const std::int64_t number = take_number(ticks);
    reading.total_ticks += number;
    if (field == 3 || field == 4) reading.idle_ticks += number;
    if (field == 7) reading.steal_ticks = number;
  }
  // "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345"
  const std::string_view some = pressure.substr(0, pressure.find('\n'));
  if (const std::size_t at = some.find("total="); some.starts_with("some") && at != std::string_view::npos) {
    std::string_view total = some.substr(at + 6);
    reading.pressure_microseconds = take_number(total);
  }
  // "0.52 0.58 0.59 1/400 1234"
  std::string_view rest = load;
  reading.load = static_cast<double>(take_number(rest));
  if (rest.size() > 2 && rest[0] == '.') {
    rest.remove_prefix(1);
    reading.load += static_cast<double>(take_number(rest)) / 100;
  }
  return reading;
}

HostSample host_sample(const HostReading& before, const HostReading& after) {
  const std::int64_t ticks = after.total_ticks - before.total_ticks;
  const std::int64_t microseconds = (after.at - before.at) / 1000;
  HostSample sample;
  sample.at = after.at;
  sample.busy_percent = share(ticks - (after.idle_ticks - before.idle_ticks), ticks);
  sample.steal_percent = share(after.steal_ticks - before.steal_ticks, ticks);
  sample.own_percent = share(after.own_microseconds - before.own_microseconds, microseconds);
  if (before.pressure_microseconds && after.pressure_microseconds)
    sample.cpu_pressure_percent =
        share(*after.pressure_microseconds - *before.pressure_microseconds, microseconds);
  sample.load = after.load;
  return sample;
}

void summarize_host(HostNoise& noise, Nanos main_begin, Nanos main_end) {
  HostSample sum, worst;
  double count = 0;
  for (const HostSample& sample : noise.samples) {
    if (sample.at < main_begin || sample.at >= main_end) continue;
    ++count;
    for (const auto field : kShares) {
      sum.*field += sample.*field;
      worst.*field = std::max(worst.*field, sample.*field);
    }
  }
  if (count == 0) return;
  for (const auto field : kShares) sum.*field /= count;
  noise.mean = sum;
  noise.worst = worst;
}

HostSampler::HostSampler() : began_(steady_nanos()), wall_begin_(wall_nanos()) {
  readings_.push_back(read());
  thread_ = std::thread([this] { run(); });
}

HostSampler::~HostSampler() {
  if (thread_.joinable()) finish();
}

HostNoise HostSampler::finish() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  HostNoise noise;
  noise.recorded = true;
  noise.wall_begin = wall_begin_;
  noise.pressure_known = readings_.front().pressure_microseconds.has_value();
  noise.processors = static_cast<int>(std::thread::hardware_concurrency());
  for (std::size_t i = 1; i < readings_.size(); ++i)
    noise.samples.push_back(host_sample(readings_[i - 1], readings_[i]));
  return noise;
}

void HostSampler::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kEvery, [this] { return stopping_; })) {
    HostReading reading = read();
    readings_.push_back(std::move(reading));
  }
}

HostReading HostSampler::read() const {
  HostReading reading =
      parse_host(whole_file("/proc/stat"), whole_file("/proc/pressure/cpu"), whole_file("/proc/loadavg"));
  reading.at = steady_nanos() - began_;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  reading.own_microseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 +
                             usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  return reading;
}

}  // namespace assay
