#include "harness/cluster/resources.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"

namespace assay::cluster {
namespace {

TEST(Resources, AreRatesBetweenReadingsOnTheControllersClock) {
  // The host's monotonic clock is 1,000 s ahead of the controller's; its wall clock is right to 5 ns, and the process's was moved
  // by 3 s before the second reading.
  const ClockRelation clocks{.host_monotonic = 1'010 * kSecond,
                             .host_wall = 7'000 * kSecond + 5,
                             .here_monotonic = 10 * kSecond,
                             .here_wall = 7'000 * kSecond,
                             .precision = 40};
  const NodeResources resources =
      resources_from({"1004000000000,1000000,100,0,1000,2000,555,6994000000005,0",
                      "1006000000000,2500000,300,4000,1000,12000,777,6996000000005,3000000000"},
                     clocks, "n1");
  EXPECT_EQ(resources.clock_precision, 40);
  ASSERT_EQ(resources.samples.size(), 1u);
  const NodeSample& sample = resources.samples[0];
  EXPECT_EQ(sample.at, 6 * kSecond);
  EXPECT_DOUBLE_EQ(sample.cpu_percent, 75);
  EXPECT_DOUBLE_EQ(sample.memory_bytes, 777);
  EXPECT_DOUBLE_EQ(sample.disk_read, 100);
  EXPECT_DOUBLE_EQ(sample.disk_written, 2000);
  EXPECT_DOUBLE_EQ(sample.network_received, 0);
  EXPECT_DOUBLE_EQ(sample.network_sent, 5000);
  EXPECT_DOUBLE_EQ(sample.clock_offset, 3e9 + 5);
}

TEST(Resources, ReadingsThatAreNoneAreRefused) {
  for (const char* line : {"", "1,2,3", "1,2,3,4,5,6,7,8,9,10", "1,2,3,4,5,6,7,8,x", "1,2,3,4,5,6,7,8,9 "}) {
    EXPECT_THROW(resources_from({line}, {}, "n1"), HarnessError) << line;
  }
  EXPECT_TRUE(resources_from({}, {}, "n1").samples.empty());
}

}  // namespace
}  // namespace assay::cluster
