#include "harness/cluster/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/cluster/testing/test_hosts.h"

namespace assay::cluster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Diagnosis, TellsWhatHostsAreAndTouchesNoData) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  std::string kept;
  {
    Cluster cluster(hosts.file(), {});
    kept = cluster.data_folder(0) + "/kept";
    ASSERT_EQ(cluster.run(0, "mkdir -p " + cluster.data_folder(0) + " && echo here > " + kept).exit_status,
              0);
  }
  HostsFile file = hosts.file();
  file.hosts.push_back(file.hosts[1]);
  file.hosts[2].name = "n3";
  file.hosts[2].port = 1;
  std::vector<Diagnosis> found = diagnose(file, {.power_loss = true});
  ASSERT_EQ(found.size(), 3u);
  for (std::size_t i = 0; i < 2; ++i) {
    const Diagnosis& host = found[i];
    EXPECT_EQ(host.trouble, "");
    EXPECT_TRUE(host.root);
    EXPECT_THAT(host.kernel, HasSubstr("Linux "));
    EXPECT_NE(host.system, "");
    EXPECT_GT(host.processors, 0);
    EXPECT_GT(host.memory_bytes, 1 << 26);
    EXPECT_GT(host.disk_free_bytes, 1 << 20);
    EXPECT_LE(std::abs(host.clock_offset), host.clock_uncertainty) << "it is this machine's clock";
    EXPECT_EQ(host.clock_means, "vdso");
    EXPECT_THAT(host.missing_tools, IsEmpty());
    ASSERT_NE(host.cluster, nullptr);
    EXPECT_NE(host.cluster->network(), nullptr);
    EXPECT_NE(host.cluster->disks(), nullptr);
  }
  EXPECT_EQ(found[0].cluster->run(0, "cat " + kept).output, "here\n");
  EXPECT_THAT(found[2].trouble, HasSubstr("n3"));
  EXPECT_EQ(found[2].cluster, nullptr);
}

}  // namespace
}  // namespace assay::cluster
