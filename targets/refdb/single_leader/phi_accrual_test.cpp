#include "targets/refdb/single_leader/phi_accrual.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/time.h"

namespace assay::refdb::single_leader {
namespace {

PhiAccrual regular(std::int64_t interval, std::int64_t deviation_min) {
  PhiAccrual detector(100, deviation_min);
  for (int i = 0; i <= 50; ++i) detector.heartbeat(i * interval);
  return detector;
}

TEST(PhiAccrual, IsTheTailOfTheNormalDistribution) {
  const PhiAccrual detector = regular(100 * kMillisecond, 10 * kMillisecond);
  const std::int64_t last = 50 * 100 * kMillisecond;
  // At the mean half of all heartbeats are later: -log10(0.5).
  EXPECT_NEAR(detector.phi(last + 100 * kMillisecond), 0.30103, 1e-5);
  // One, two and three deviations later: 15.866%, 2.275% and 0.135% are still later.
  EXPECT_NEAR(detector.phi(last + 110 * kMillisecond), -std::log10(0.158655), 1e-5);
  EXPECT_NEAR(detector.phi(last + 120 * kMillisecond), -std::log10(0.0227501), 1e-5);
  EXPECT_NEAR(detector.phi(last + 130 * kMillisecond), -std::log10(0.00134990), 1e-5);
}

TEST(PhiAccrual, FindsTheTimeAtWhichTheThresholdIsCrossed) {
  const PhiAccrual detector = regular(100 * kMillisecond, 10 * kMillisecond);
  for (const double threshold : {1.0, 3.0, 8.0, 12.0}) {
    const std::int64_t at = detector.suspicious_at(threshold);
    EXPECT_GE(detector.phi(at), threshold);
    EXPECT_LT(detector.phi(at - 1), threshold);
  }
}

TEST(PhiAccrual, IsMorePatientWithAnIrregularSender) {
  PhiAccrual irregular(100, kMillisecond);
  std::int64_t now = 0;
  for (int i = 0; i < 60; ++i) irregular.heartbeat(now += (i % 2 == 0 ? 50 : 150) * kMillisecond);
  const std::int64_t patience = irregular.suspicious_at(8) - now;
  PhiAccrual steady = regular(100 * kMillisecond, kMillisecond);
  EXPECT_GT(patience, 2 * (steady.suspicious_at(8) - 50 * 100 * kMillisecond));
}

TEST(PhiAccrual, ForgetsOldIntervalsAndTheTimeBetweenTwoSenders) {
  PhiAccrual detector(10, kMillisecond);
  for (int i = 0; i <= 20; ++i) detector.heartbeat(i * kSecond);
  detector.forget_last();
  detector.heartbeat(kMinute);
  EXPECT_EQ(detector.samples(), 10u);
  for (int i = 1; i <= 10; ++i) detector.heartbeat(kMinute + i * 10 * kMillisecond);
  EXPECT_LT(detector.suspicious_at(8), kMinute + 200 * kMillisecond);
}

TEST(PhiAccrual, SuspectsNobodyItHasNotHeard) {
  PhiAccrual detector(10, kMillisecond);
  EXPECT_EQ(detector.phi(kMinute), 0);
  detector.heartbeat(0);
  EXPECT_EQ(detector.phi(kMinute), 0);
}

}  // namespace
}  // namespace assay::refdb::single_leader
