// The refdb program as hosts run it: processes, real sockets, real disk, Raft.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "harness/core/rng.h"
#include "targets/refdb/net/config.h"
#include "targets/refdb/net/testing/mode_client.h"
#include "targets/refdb/net/testing/test_support.h"

namespace assay::refdb {
namespace {

using ::testing::HasSubstr;

TEST(Cluster, GoesOnWithoutItsLeaderAndForgetsNothing) {
  ProcessCluster cluster(3);
  const std::size_t leader = cluster.wait_for_leader();
  ClientLoop client(cluster.endpoints(), 1);
  write_numbers(client, 0, 50);
  EXPECT_EQ(cluster.end(leader, SIGKILL), -SIGKILL);
  write_numbers(client, 50, 100);
  expect_numbers(client, 0, 100);

  cluster.start(leader);
  const std::size_t next = cluster.wait_for_leader();
  EXPECT_TRUE(
      eventually([&] { return cluster.status(leader, "applied") == cluster.status(next, "applied"); }));

  for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(cluster.end(node, SIGKILL), -SIGKILL);
  for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
  ClientLoop other(cluster.endpoints(), 2);
  expect_numbers(other, 0, 100);
}

TEST(Cluster, AFollowerThatMissedACompactedLogCatchesUp) {
  ProcessCluster cluster(3, ", \"log_entries_kept\": 20");
  const std::size_t leader = cluster.wait_for_leader();
  const std::size_t follower = (leader + 1) % 3;
  ClientLoop client(cluster.endpoints(), 1);
  write_numbers(client, 0, 10);
  cluster.end(follower, SIGKILL);
  write_numbers(client, 10, 300);
  cluster.start(follower);
  EXPECT_TRUE(eventually([&] {
    return cluster.status(follower, "applied") == cluster.status(cluster.wait_for_leader(), "applied");
  }));
  EXPECT_GE(cluster.status(follower, "counters.snapshots_installed"), 1);
  cluster.end(leader, SIGKILL);
  expect_numbers(client, 0, 300);
}

// Well-framed messages with nonsense inside reach the protocol itself.
TEST(Cluster, LivesThroughGarbageInWellFormedFrames) {
  ProcessCluster cluster(3);
  const std::size_t leader = cluster.wait_for_leader();
  const auto self = static_cast<PeerId>(leader), other = static_cast<PeerId>((leader + 1) % 3);
  Rng rng(5);
  for (const Hello::Role role : {Hello::Role::peer, Hello::Role::client}) {
    RawConnection vandal(cluster.port(leader));
    vandal.hello({role, cluster_id_of("test"), role == Hello::Role::peer ? other : kAnyNode, self});
    for (int i = 0; i < 500; ++i) {
      std::string garbage(static_cast<std::size_t>(rng.between(0, 100)), '\0');
      for (char& c : garbage) c = static_cast<char>(rng.below(rng.chance(1, 2) ? 4 : 256));
      vandal.message(garbage);
    }
    EXPECT_TRUE(eventually([&] { return cluster.status(leader, "counters.garbage_dropped") > 0; }));
  }
  EXPECT_TRUE(eventually([&] { return cluster.status(leader, "net.client_requests") == 500; }));
  ClientLoop client(cluster.endpoints(), 1);
  write_numbers(client, 0, 20);
  expect_numbers(client, 0, 20);
  for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(cluster.end(node, SIGTERM), 0) << cluster.log(node);
}

TEST(Cluster, AHungFollowerHoldsUpNobody) {
  ProcessCluster cluster(3);
  const std::size_t leader = cluster.wait_for_leader();
  ClientLoop client(cluster.endpoints(), 1);
  write_numbers(client, 0, 10);
  const std::size_t follower = (leader + 1) % 3;
  cluster.pause(follower);
  write_numbers(client, 10, 200);
  cluster.resume(follower);
  EXPECT_TRUE(eventually([&] {
    return cluster.status(follower, "applied") == cluster.status(cluster.wait_for_leader(), "applied");
  }));
}

TEST(Program, SaysSeededBugsLoudly) {
  ProcessCluster cluster(1, ", \"bugs\": [\"stale-reads\"]");
  cluster.wait_for_leader();
  EXPECT_THAT(cluster.log(0), HasSubstr("warning SEEDED-BUG-IN-FORCE node=n1 bug=stale-reads"));
  EXPECT_THAT(http_get(cluster.http_port(0), "/status"), HasSubstr("\"stale-reads\""));
}

TEST(Program, EndsWithOneSentenceWhenItCantStart) {
  ProcessCluster cluster(1);
  cluster.wait_for_leader();
  EXPECT_EQ(cluster.end(0, SIGTERM), 0);
  const auto exit_code_with = [&](const std::string& text) {
    std::ofstream(cluster.config_file(0)) << text;
    cluster.start(0);
    return cluster.wait(0);
  };
  EXPECT_EQ(exit_code_with("{"), 254);
  EXPECT_THAT(cluster.log(0), HasSubstr("n1.json:1: this is no valid JSON\n"));
  EXPECT_EQ(exit_code_with(config_text({1}, 0, 2, "/proc/no", ", \"mode\": \"paxos-made-simple\"")), 254);
  EXPECT_THAT(cluster.log(0), HasSubstr("field \"mode\": \"paxos-made-simple\" is unknown; accepted: raft"));
  EXPECT_EQ(exit_code_with(config_text({cluster.port(0)}, 0, 0, "/proc/no")), 254);
  EXPECT_THAT(cluster.log(0), HasSubstr("can't create the data folder \"/proc/no\""));
  EXPECT_EQ(exit_code_with(config_text({cluster.port(0)}, 0, 0, "/proc/no", ", \"bugs\": [\"no-such-bug\"]")),
            254);
  const RunningServer holder({cluster.port(0)}, 0,
                             std::filesystem::path(cluster.config_file(0)).parent_path() / "h");
  EXPECT_EQ(exit_code_with(config_text({cluster.port(0)}, 0, 0, "/tmp/unused")), 255);
  EXPECT_THAT(cluster.log(0), HasSubstr("refdb: node n1: can't listen on 127.0.0.1:"));
}

// A limit on the size of files stands for a full disk: the node must stop, not acknowledge what it can't keep.
TEST(Program, EndsWith255WhenTheDiskTakesNoMore) {
  ProcessCluster cluster(1);
  cluster.wait_for_leader();
  EXPECT_EQ(cluster.end(0, SIGTERM), 0);
  cluster.start(0, "trap '' XFSZ; ulimit -f 2000; exec");
  cluster.wait_for_leader();
  ClientLoop client(cluster.endpoints(), 1);
  const Value large = Value::text(std::string(100'000, 'x'));
  int kept = 0;
  while (client.ask({Mop{Fn::write, kept, large, {}}}, 2 * kSecond).outcome == Outcome::ok) ++kept;
  EXPECT_LT(kept, 20);
  EXPECT_EQ(cluster.wait(0), 255);
  EXPECT_THAT(cluster.log(0), HasSubstr("refdb: node n1: can't write to the data folder"));

  cluster.start(0);
  ClientLoop reader(cluster.endpoints(), 2);
  for (int key = 0; key < kept; ++key) EXPECT_EQ(reader.read(key).mops.at(0).result, large);
}

}  // namespace
}  // namespace assay::refdb
