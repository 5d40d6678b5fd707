#include "harness/sim/sim_clock.h"

#include <gtest/gtest.h>

namespace assay::sim {
namespace {

TEST(DriftingCounter, RunsAtItsRate) {
  const DriftingCounter fast(1'000, 0, 1'000);
  EXPECT_EQ(fast.read(0), 1'000);
  EXPECT_EQ(fast.read(kSecond), 1'000 + kSecond + kMillisecond);
  const DriftingCounter slow(0, 500, -1'000);
  EXPECT_EQ(slow.read(500 + kSecond), kSecond - kMillisecond);
  EXPECT_EQ(slow.read(501), 0);  // 0.999, rounded down
}

// The conversion and its inverse fit exactly: the deadline is never early, and one nanosecond before it would be.
TEST(DriftingCounter, DeadlinesAreExactForRandomRates) {
  Rng rng(1);
  for (int i = 0; i < 200'000; ++i) {
    const std::int64_t ppm = rng.between(-100'000, 100'000);
    const Nanos base = rng.between(0, 1'000'000 * kSecond);
    const Nanos start = rng.between(0, 1'000 * kSecond);
    const DriftingCounter counter(base, start, ppm);
    const Nanos local = base + rng.between(1, i % 2 == 0 ? 100'000 * kSecond : 3 * kMillisecond);
    const Nanos due = counter.virtual_time(local);
    ASSERT_GE(counter.read(due), local);
    ASSERT_GT(due, start);
    ASSERT_LT(counter.read(due - 1), local);
  }
}

// No drift accumulates from rounding: reading in small steps is monotonic and ends where one step ends.
TEST(DriftingCounter, IsMonotonicAndWithoutRoundingDrift) {
  Rng rng(2);
  for (const std::int64_t ppm : {-100'000, -1'000, -1, 0, 1, 999, 100'000}) {
    const DriftingCounter counter(7, 0, ppm);
    Nanos now = 0;
    Nanos before = counter.read(0);
    for (int i = 0; i < 10'000; ++i) {
      now += rng.between(0, 1'000'000);
      const Nanos shown = counter.read(now);
      ASSERT_GE(shown, before);
      before = shown;
    }
    // |read - exact| < 1, in integers: exact * 10^6 = now * (10^6 + ppm).
    const __int128 difference =
        (static_cast<__int128>(before) - 7) * 1'000'000 - static_cast<__int128>(now) * (1'000'000 + ppm);
    EXPECT_LE(difference, 0);
    EXPECT_GT(difference, -1'000'000);
  }
}

TEST(DriftingCounter, NeverStaysNever) {
  EXPECT_EQ(DriftingCounter(5, 0, -1'000).virtual_time(kNever), kNever);
  EXPECT_EQ(DriftingCounter(5, 0, -1'000).virtual_time(kNever - 1), kNever);
  EXPECT_EQ(DriftingCounter(5, 9, -1'000).virtual_time(3), 9);
}

TEST(SimClocks, OffsetMovesTheWallClockOnly) {
  Simulator simulator;
  SimClocks clocks(simulator, 3, {.drift_ppm_max = 0}, Rng(1));
  const Nanos monotonic = clocks.monotonic(1);
  clocks.set_offset(1, 5 * kSecond);
  EXPECT_EQ(clocks.measure_offset(1), 5 * kSecond);
  EXPECT_EQ(clocks.measure_offset(0), 0);
  EXPECT_EQ(clocks.monotonic(1), monotonic);
  EXPECT_EQ(clocks.wall(1) - clocks.wall(0), 5 * kSecond);
  simulator.run_until(10 * kSecond);
  EXPECT_EQ(clocks.measure_offset(1), 5 * kSecond);
  clocks.set_offset(1, 0);
  EXPECT_EQ(clocks.measure_offset(1), 0);
}

TEST(SimClocks, StrobeJumpsBackAndForthUntilTheNextOffset) {
  Simulator simulator;
  SimClocks clocks(simulator, 1, {.drift_ppm_max = 0}, Rng(1));
  clocks.set_offset(0, 7);
  clocks.strobe(0, 100, 10);
  std::vector<Nanos> seen;
  for (int i = 0; i < 4; ++i) {
    seen.push_back(clocks.measure_offset(0));
    simulator.run_until(simulator.now() + 10);
  }
  EXPECT_EQ(seen, (std::vector<Nanos>{107, 7, 107, 7}));
  clocks.set_offset(0, 0);
  EXPECT_EQ(clocks.measure_offset(0), 0);
}

TEST(SimClocks, RunAtTheRateThatIsAskedForOrStandStill) {
  Simulator simulator;
  SimClocks clocks(simulator, 2, {.drift_ppm_max = 0}, Rng(1));
  clocks.set_offset(0, kSecond);
  clocks.set_rate(0, 50'000);
  EXPECT_EQ(clocks.measure_rate(0), 50'000);
  EXPECT_EQ(clocks.measure_rate(1), 0);
  const Nanos before = clocks.wall(0);
  clocks.set_rate(0, -1'000'000);
  EXPECT_EQ(clocks.measure_rate(0), -1'000'000);
  EXPECT_EQ(clocks.wall(0), before);
  clocks.set_offset(0, 0);
  EXPECT_EQ(clocks.measure_rate(0), 0);
  EXPECT_EQ(clocks.measure_offset(0), 0);
}

TEST(SimClocks, AWrongRateComesOnTopOfTheirOwn) {
  Simulator simulator;
  SimClocks clocks(simulator, 5, {.drift_ppm_max = 1'000}, Rng(3));
  for (NodeId node = 0; node < 5; ++node) {
    clocks.set_rate(node, 2'000);
    EXPECT_EQ(clocks.measure_rate(node), 2'000 + clocks.drift_ppm(node));
    clocks.set_rate(node, -1'000'000);
    EXPECT_EQ(clocks.measure_rate(node), -1'000'000);
  }
}

TEST(SimClocks, LeapWhenASecondIsFull) {
  Simulator simulator;
  SimClocks clocks(simulator, 1, {.drift_ppm_max = 0}, Rng(1));
  clocks.set_offset(0, 300 * kMillisecond);
  simulator.run_until(100 * kMillisecond);
  clocks.leap(0, -kSecond);
  EXPECT_EQ(simulator.now(), 700 * kMillisecond);
  EXPECT_EQ(clocks.wall(0) % kSecond, 0);
  EXPECT_EQ(clocks.measure_offset(0), -700 * kMillisecond);
}

TEST(SimClocks, DriftDiffersByNodeAndStaysInBounds) {
  Simulator simulator;
  SimClocks clocks(simulator, 20, {.drift_ppm_max = 1'000}, Rng(3));
  bool fast = false;
  bool slow = false;
  std::vector<Nanos> before;
  for (NodeId node = 0; node < 20; ++node) before.push_back(clocks.monotonic(node));
  simulator.run_until(100 * kSecond);
  for (NodeId node = 0; node < 20; ++node) {
    const Nanos error = clocks.monotonic(node) - before[static_cast<std::size_t>(node)] - 100 * kSecond;
    EXPECT_LE(error, 100 * kMillisecond);
    EXPECT_GE(error, -100 * kMillisecond);
    EXPECT_EQ(error, clocks.drift_ppm(node) * 100 * kMicrosecond);
    EXPECT_EQ(clocks.measure_offset(node), error);
    fast = fast || error > 10 * kMillisecond;
    slow = slow || error < -10 * kMillisecond;
  }
  EXPECT_TRUE(fast && slow);
}

TEST(SimClocks, RebootRestartsTheMonotonicClockOnly) {
  Simulator simulator;
  SimClocks clocks(simulator, 1, {}, Rng(4));
  simulator.run_until(kSecond);
  clocks.set_offset(0, 77);
  const Nanos before = clocks.monotonic(0);
  clocks.reboot(0);
  EXPECT_NE(clocks.monotonic(0), before);
  EXPECT_EQ(clocks.measure_offset(0), 77);
  EXPECT_EQ(clocks.virtual_time(0, clocks.monotonic(0)), simulator.now());
}

}  // namespace
}  // namespace assay::sim
