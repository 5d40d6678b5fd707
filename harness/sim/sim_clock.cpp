#include "harness/sim/sim_clock.h"

namespace assay::sim {

namespace {

// Where simulated wall clocks begin: a fixed moment of 2023, so that two runs agree.
constexpr Nanos kWallEpoch = 1'700'000'000 * kSecond;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return quotient - ((a % b != 0 && (a % b < 0) != (b < 0)) ? 1 : 0);
}

Nanos boot_base(Rng& rng) { return rng.between(10 * kSecond, 1'000'000 * kSecond); }

}  // namespace

DriftingCounter::DriftingCounter(Nanos base, Nanos start, std::int64_t ppm)
    : base_(base), start_(start), ppm_(ppm) {
  ASSAY_ASSERT(ppm >= -kMillion && ppm <= kMillion);
}

// elapsed is split so that no product leaves 64 bits: e * ppm / M = (e / M) * ppm + ((e % M) * ppm) / M.
Nanos DriftingCounter::read(Nanos now) const {
  const Nanos elapsed = now - start_;
  ASSAY_ASSERT(elapsed >= 0);
  return base_ + elapsed + (elapsed / kMillion) * ppm_ + floor_divide((elapsed % kMillion) * ppm_, kMillion);
}

// floor(e * D / M) >= L  <=>  e >= L * M / D, for integers; the ceiling of that, split in the same way.
Nanos DriftingCounter::virtual_time(Nanos local) const {
  if (local == kNever) return kNever;
  if (local <= base_) return start_;
  const Nanos wanted = local - base_;
  const std::int64_t rate = kMillion + ppm_;
  ASSAY_ASSERT(rate > 0);
  const std::int64_t whole = wanted / rate;
  const std::int64_t rest = wanted % rate;
  if (whole >= (kNever - start_) / kMillion - 2) return kNever;  // beyond what virtual time can show
  return start_ + whole * kMillion + (rest * kMillion + rate - 1) / rate;
}

SimClocks::SimClocks(Simulator& simulator, int node_count, const ClockConfig& config, const Rng& rng)
    : simulator_(simulator), boot_rng_(rng.fork("boot")) {
  Rng drift = rng.fork("drift");
  for (int node = 0; node < node_count; ++node) {
    const std::int64_t ppm = drift.between(-config.drift_ppm_max, config.drift_ppm_max);
    clocks_.push_back({ppm, DriftingCounter(boot_base(boot_rng_), simulator_.now(), ppm),
                       DriftingCounter(true_wall(), simulator_.now(), ppm)});
  }
}

Nanos SimClocks::true_wall() const { return kWallEpoch + simulator_.now(); }

Nanos SimClocks::wall(NodeId node) const {
  const Clock& clock = at(node);
  Nanos shown = clock.wall.read(simulator_.now());
  if (clock.strobe_period > 0) {
    const bool away = ((simulator_.now() - clock.strobe_start) / clock.strobe_period) % 2 == 0;
    if (away) shown += clock.strobe_delta;
  }
  return shown;
}

void SimClocks::reboot(NodeId node) {
  Clock& clock = at(node);
  clock.monotonic = DriftingCounter(boot_base(boot_rng_), simulator_.now(), clock.ppm);
}

void SimClocks::set_offset(NodeId node, Nanos offset) {
  Clock& clock = at(node);
  clock.strobe_period = 0;
  clock.wall = DriftingCounter(true_wall() + offset, simulator_.now(), clock.ppm);
}

// Beside its own drift, unless it stands still.
void SimClocks::set_rate(NodeId node, std::int64_t ppm) {
  constexpr std::int64_t kStandsStill = -1'000'000;
  Clock& clock = at(node);
  const Nanos shown = wall(node);
  clock.strobe_period = 0;
  clock.wall = DriftingCounter(shown, simulator_.now(), ppm == kStandsStill ? ppm : ppm + clock.ppm);
}

std::int64_t SimClocks::measure_rate(NodeId node) {
  constexpr Nanos kWhile = 200 * kMillisecond;
  const Nanos before = measure_offset(node);
  simulator_.run_until(simulator_.now() + kWhile);
  return (measure_offset(node) - before) * 1'000'000 / kWhile;
}

void SimClocks::leap(NodeId node, Nanos delta) {
  const Nanos shown = wall(node);
  simulator_.run_until(at(node).wall.virtual_time(shown - shown % kSecond + kSecond));
  set_offset(node, measure_offset(node) + delta);
}

void SimClocks::strobe(NodeId node, Nanos delta, Nanos period) {
  ASSAY_ASSERT(period > 0);
  Clock& clock = at(node);
  clock.strobe_delta = delta;
  clock.strobe_period = period;
  clock.strobe_start = simulator_.now();
}

}  // namespace assay::sim
