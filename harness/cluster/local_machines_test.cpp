// Needs minutes on an emulated processor: part of the nightly tests.
#include "harness/cluster/local_machines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/cluster/deployment.h"
#include "harness/cluster/testing/test_hosts.h"

namespace assay::cluster {
namespace {

using ::testing::HasSubstr;

TEST(LocalMachines, HaveKernelsClocksAndNetemOfTheirOwn) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  if (std::getenv("ASSAY_NIGHTLY") == nullptr) GTEST_SKIP() << "only with ASSAY_NIGHTLY";
  if (const std::string reason = machines_unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  LocalHosts machines({.instance = "tvm", .subnet = 61, .machines = true});
  const HostsFile file = read_hosts_file(machines.up(2));
  {
    Cluster cluster(file, {.connect_timeout = 60 * kSecond, .command_timeout = 120 * kSecond});
    EXPECT_THAT(cluster.facts()[0].kernel, HasSubstr("cloud"));
    EXPECT_EQ(cluster.clocks()->mechanism(), "clock_settime");
    EXPECT_THAT(cluster.packets()->mechanism(), HasSubstr("netem"));
    cluster.clocks()->set_offset(0, 100 * kSecond);
    const Nanos other = cluster.clocks()->measure_offset(1);
    EXPECT_NEAR(static_cast<double>(cluster.clocks()->measure_offset(0)), 100e9, 5e9);
    EXPECT_LT(std::abs(other), 5 * kSecond) << "a machine's clock is its own";
  }
  machines.down();
  EXPECT_TRUE(machines.status().leftovers.empty());
}

}  // namespace
}  // namespace assay::cluster
