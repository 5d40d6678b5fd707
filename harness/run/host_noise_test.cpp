#include "harness/run/host_noise.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(HostNoise, CountersOfTheKernelAreRead) {
  const HostReading reading = parse_host("cpu  100 1 50 800 20 3 6 20 0 0\ncpu0 1 2\n",
                                         "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345\nfull total=1\n",
                                         "1.25 0.58 0.59 1/400 1234\n");
  EXPECT_EQ(reading.total_ticks, 1000);
  EXPECT_EQ(reading.idle_ticks, 820);
  EXPECT_EQ(reading.steal_ticks, 20);
  EXPECT_EQ(reading.pressure_microseconds, 12345);
  EXPECT_DOUBLE_EQ(reading.load, 1.25);
  EXPECT_EQ(parse_host("", "", "").pressure_microseconds, std::nullopt);
}

TEST(HostNoise, ASampleIsTheShareOfTheTimeBetween) {
  HostReading before, after;
  after.at = kSecond;
  after.total_ticks = 200;
  after.idle_ticks = 150;
  after.steal_ticks = 10;
  after.own_microseconds = 300'000;
  before.pressure_microseconds = 0;
  after.pressure_microseconds = 40'000;
  const HostSample sample = host_sample(before, after);
  EXPECT_DOUBLE_EQ(sample.busy_percent, 25);
  EXPECT_DOUBLE_EQ(sample.steal_percent, 5);
  EXPECT_DOUBLE_EQ(sample.own_percent, 30);
  EXPECT_DOUBLE_EQ(sample.cpu_pressure_percent, 4);
}

TEST(HostNoise, OnlySamplesOfTheMainPhaseCount) {
  HostNoise noise;
  for (int i = 0; i < 4; ++i) noise.samples.push_back({.at = i * kSecond, .busy_percent = 10.0 * i});
  summarize_host(noise, kSecond, 3 * kSecond);
  EXPECT_DOUBLE_EQ(noise.mean.busy_percent, 15);
  EXPECT_DOUBLE_EQ(noise.worst.busy_percent, 20);
}

TEST(HostNoise, ThisMachineCanBeSampled) {
  HostSampler sampler;
  const HostNoise noise = sampler.finish();
  EXPECT_TRUE(noise.recorded);
  EXPECT_GE(noise.processors, 1);
}

}  // namespace
}  // namespace assay
