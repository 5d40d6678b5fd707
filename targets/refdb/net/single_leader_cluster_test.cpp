// The refdb program as hosts run it, in mode single-leader: processes, real sockets, real disk.
#include <gtest/gtest.h>
#include <signal.h>

#include "targets/refdb/net/testing/mode_client.h"
#include "targets/refdb/net/testing/test_support.h"

namespace assay::refdb {
namespace {

const std::string kMode = ", \"mode\": \"single-leader\"";

TEST(SingleLeaderCluster, FailsOverForgetsNothingAndTakesTheOldLeaderBack) {
  ProcessCluster cluster(3, kMode + ", \"log_entries_kept\": 20");
  const std::size_t leader = cluster.wait_for_leader();
  ClientLoop client(cluster.endpoints(), 1);
  write_numbers(client, 0, 100);
  EXPECT_EQ(cluster.end(leader, SIGKILL), -SIGKILL);
  write_numbers(client, 100, 200);
  expect_numbers(client, 0, 200);
  cluster.start(leader);
  EXPECT_TRUE(eventually([&] {
    return cluster.status(leader, "applied") == cluster.status(cluster.wait_for_leader(), "applied");
  }));
  EXPECT_GE(cluster.status(leader, "counters.snapshots_installed"), 1);

  for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(cluster.end(node, SIGKILL), -SIGKILL);
  for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
  ClientLoop other(cluster.endpoints(), 2);
  expect_numbers(other, 0, 200);
}

TEST(SingleLeaderCluster, APausedAsynchronousLeaderComesBackAsAFollower) {
  ProcessCluster cluster(
      3, kMode + ", \"options\": {\"replication\": \"async\", \"protection\": \"fencing-token\"}");
  const std::size_t leader = cluster.wait_for_leader();
  ClientLoop client(cluster.endpoints(), 1);
  write_numbers(client, 0, 50);
  cluster.pause(leader);
  write_numbers(client, 50, 100);
  cluster.resume(leader);
  EXPECT_TRUE(eventually([&] { return cluster.status(leader, "counters.stepped_down") == 1; }));
  EXPECT_TRUE(eventually([&] {
    return cluster.status(leader, "applied") == cluster.status(cluster.wait_for_leader(), "applied");
  }));
  expect_numbers(client, 50, 100);
}

}  // namespace
}  // namespace assay::refdb
