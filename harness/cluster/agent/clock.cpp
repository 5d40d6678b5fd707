#include "harness/cluster/agent/clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "harness/cluster/agent/clock_code.h"
#include "harness/cluster/agent/system.h"
#include "harness/cluster/agent/vdso.h"

namespace assay::agent {
namespace {

// Of the clock file's second page.
constexpr std::size_t kOffsetWord = 0;
constexpr std::size_t kMomentWord = 1;
constexpr std::size_t kRateWord = 2;

}  // namespace

std::string clock_unavailable() {
  if (clock_code().empty()) return "moving a process's clock is written for x86-64 only";
  for (const ClockEntry& entry : clock_entries()) {
    if (!vdso_symbol_offset(entry.symbol)) {
      return std::string("this kernel's vDSO has no ") + entry.symbol + ", so clocks can't be moved";
    }
  }
  return {};
}

void make_clock_file(const std::string& path) {
  // A new file, never an old one emptied: a process that still maps the old one would crash.
  ::unlink(path.c_str());
  if (!write_whole_file(path, clock_code())) throw_errno("can't write " + path);
}

bool reset_clock_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  const std::int64_t zeros[3] = {};  // offset, moment, rate
  return file.valid() && ::pwrite(file.get(), zeros, sizeof zeros, kClockPageSize) == sizeof zeros;
}

ClockFile::ClockFile(const std::string& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor_ < 0) throw_errno("can't open " + path);
  void* page =
      ::mmap(nullptr, kClockPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, kClockPageSize);
  if (page == MAP_FAILED) {
    ::close(descriptor_);
    throw_errno("can't map " + path);
  }
  word_ = static_cast<std::int64_t*>(page);
}

ClockFile::~ClockFile() {
  strobe_.stop();
  ::munmap(word_, kClockPageSize);
  ::close(descriptor_);
}

void ClockFile::store(std::int64_t nanos) {
  word(kOffsetWord).store(nanos);
  word(kRateWord).store(0);
}

void ClockFile::set_offset(std::int64_t nanos) {
  strobe_.stop();
  store(nanos);
}

std::int64_t ClockFile::offset() const {
  const std::int64_t rate = word(kRateWord).load();
  const std::int64_t gained =
      rate == 0 ? 0 : (true_wall_nanos() - word(kMomentWord).load()) * rate / 1'000'000;
  return word(kOffsetWord).load() + gained;
}

// The rate last: until then nobody looks at the moment.
void ClockFile::set_rate(std::int64_t ppm) {
  set_offset(offset());
  word(kMomentWord).store(true_wall_nanos());
  word(kRateWord).store(ppm);
}

void ClockFile::strobe(std::int64_t delta, std::int64_t period) {
  strobe_.stop();
  strobe_.start(period, [this, delta, base = offset()](bool moved) { store(base + (moved ? delta : 0)); });
}

namespace {

// How far `other` is ahead of `clock`, from the tightest of several brackets: a bracket widens when the process is put off the
// processor within it.
template <typename Clock, typename Other>
ClockReading tightest(const Clock& clock, const Other& other) {
  constexpr std::int64_t kTight = 20'000;
  ClockReading best{.offset = 0, .precision = INT64_MAX};
  for (int attempt = 0; attempt < 50 && best.precision > kTight; ++attempt) {
    const std::int64_t before = clock();
    const std::int64_t seen = other();
    const std::int64_t at = monotonic_nanos();
    const std::int64_t width = clock() - before;
    if (width < best.precision) best = {.offset = seen - (before + width / 2), .precision = width, .at = at};
  }
  return best;
}

ClockReading read_wall_clock() { return tightest(monotonic_nanos, true_wall_nanos); }

}  // namespace

// Shifted by what it lacks: setting it to a time that was computed before would set it late by all that comes between.
bool set_wall_minus_monotonic(std::int64_t nanos) {
  constexpr std::int64_t kSecond = 1'000'000;
  const std::int64_t lacking = (nanos - read_wall_clock().offset) / 1000;
  const std::int64_t part = (lacking % kSecond + kSecond) % kSecond;
  timex shift{};
  shift.modes = ADJ_SETOFFSET;  // ADJ_NANO would leave a trace in the kernel's state
  shift.time.tv_sec = (lacking - part) / kSecond;
  shift.time.tv_usec = part;
  return ::clock_adjtime(CLOCK_REALTIME, &shift) >= 0;
}

WallClock::WallClock() : base_(read_wall_clock().offset) {}

void WallClock::set_offset(std::int64_t nanos) {
  strobe_.stop();
  asked_ = nanos;
  if (!set_wall_minus_monotonic(base_ + nanos)) throw_errno("can't set the host's clock");
}

ClockReading WallClock::read() const {
  ClockReading reading = read_wall_clock();
  reading.offset -= base_;
  return reading;
}

void WallClock::strobe(std::int64_t delta, std::int64_t period) {
  strobe_.stop();
  strobe_.start(
      period, [this, delta](bool moved) { set_wall_minus_monotonic(base_ + asked_ + (moved ? delta : 0)); });
}

void WallClock::set_rate(std::int64_t ppm) {
  constexpr std::int64_t kStep = 5'000'000;
  strobe_.stop();
  strobe_.start(kStep, [this, ppm, begin = monotonic_nanos()](bool) {
    set_wall_minus_monotonic(base_ + asked_ + (monotonic_nanos() - begin) * ppm / 1'000'000);
  });
}

ClockReading read_own_clock() {
  return tightest(true_wall_nanos, [] {
    timespec seen{};
    ::clock_gettime(CLOCK_REALTIME, &seen);
    return std::int64_t{seen.tv_sec} * 1'000'000'000 + seen.tv_nsec;
  });
}

}  // namespace assay::agent
