#include "harness/gate/quality.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/gate/testing/noise.h"

namespace assay::gate {
namespace {

std::string complaints(const std::vector<BlockPair>& pairs, double rate, const HostNoise& noise) {
  std::string names;
  for (const QualityFinding& finding : judge_quality(pairs, rate, noise, {})) {
    if (!finding.good) names += finding.name + " " + finding.measured + "; ";
  }
  return names;
}

HostNoise noise_of(double steal_percent, double pressure_percent) {
  HostNoise noise;
  noise.recorded = noise.pressure_known = true;
  noise.mean.steal_percent = steal_percent;
  noise.mean.cpu_pressure_percent = pressure_percent;
  return noise;
}

// 1,000 operations in 0.1 s.
std::vector<BlockPair> steady() { return testing::NoisyMachine({}, 1).pairs(60); }

TEST(GateQuality, AGoodMeasurementStands) {
  EXPECT_EQ(complaints(steady(), 10'000, noise_of(0, 20)), "");
  EXPECT_EQ(complaints(steady(), 0, {}), "");
}

TEST(GateQuality, ARateThatWasNotAchieved) {
  EXPECT_EQ(complaints(steady(), 20'000, {}), "achieved rate of the baseline 50 %; ");
}

TEST(GateQuality, AScheduleThatWasNotKept) {
  auto pairs = steady();
  for (BlockPair& pair : pairs) pair.candidate.late = 500;
  EXPECT_EQ(complaints(pairs, 10'000, {}), "") << "a slow candidate shows in its response times";
  for (BlockPair& pair : pairs) pair.baseline.late = 200;
  EXPECT_EQ(complaints(pairs, 10'000, {}), "late operations of the baseline 20 %; ");
}

TEST(GateQuality, ASideThatDrifts) {
  auto pairs = steady();
  for (std::size_t i = 40; i < 60; ++i) pairs[i].candidate.throughput /= 2;
  EXPECT_EQ(complaints(pairs, 0, {}).substr(0, 23), "drift of the candidate ");
}

TEST(GateQuality, AMachineThatWasTakenAway) {
  EXPECT_EQ(complaints(steady(), 0, noise_of(25, 95)),
            "stolen processor time 25 %; processor pressure 95 %; ");
}

TEST(GateQuality, ARunThatIsOver) {
  Measurements run;
  run.load.due = 1000;
  run.load.late = 300;
  run.load.dropped = 100;
  run.stationarity.checked = true;
  run.stationarity.rate_change = -0.7;
  const auto names = [&](bool had_faults) {
    std::string bad;
    for (const QualityFinding& finding : judge_quality(run, had_faults, {})) {
      if (!finding.good) bad += finding.name + " " + finding.measured + "; ";
    }
    return bad;
  };
  EXPECT_EQ(names(false), "achieved rate 90 %; late operations 30 %; drift 70 %; ");
  EXPECT_EQ(names(true), "achieved rate 90 %; drift 70 %; ");
  run.stationarity.stationary = true;
  EXPECT_EQ(names(true), "achieved rate 90 %; ") << "noise is no drift";
}

TEST(GateQuality, LimitsAreSetByName) {
  QualityLimits limits;
  set_limit(limits, "drift=7.5%");
  EXPECT_DOUBLE_EQ(limits.drift_max, 0.075);
  for (const char* wrong : {"drift", "drift=", "drift=%", "drift=5", "drift=x%", "wind=5%", ""}) {
    EXPECT_THROW(set_limit(limits, wrong), InputError) << wrong;
  }
}

}  // namespace
}  // namespace assay::gate
