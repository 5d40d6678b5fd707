// Mode leaderless as hosts run it: processes, real sockets, real disk.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "targets/refdb/leaderless/ring.h"
#include "targets/refdb/net/testing/mode_client.h"
#include "targets/refdb/net/testing/test_support.h"

namespace assay::refdb {
namespace {

constexpr int kNumbers = 8;

// What one client was told is written, every other one reads: with a node away, and after all have died.
void quorums_remember(const std::string& name, const std::string& choice) {
  const Facts options = {{name, Value::text(choice)}};
  ProcessCluster cluster(3, mode_fields("leaderless", options));
  const auto client = [&](PeerId node, std::uint64_t id) {
    return client_of(cluster, "leaderless", options, node, id);
  };
  write_numbers(*client(0, 1), 0, kNumbers);
  expect_numbers(*client(1, 2), 0, kNumbers);
  EXPECT_EQ(cluster.end(2, SIGKILL), -SIGKILL);
  write_numbers(*client(1, 3), kNumbers, 2 * kNumbers);
  cluster.start(2);
  expect_numbers(*client(2, 4), 0, 2 * kNumbers);
  for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(cluster.end(node, SIGKILL), -SIGKILL);
  for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
  expect_numbers(*client(0, 5), 0, 2 * kNumbers);
  for (std::size_t node = 0; node < 3; ++node) {
    EXPECT_TRUE(eventually([&] { return cluster.status(node, "counters.garbage_dropped") == 0; })) << node;
    EXPECT_EQ(cluster.status(node, "counters.nonsense_dropped"), 0);
    EXPECT_EQ(cluster.status(node, "counters.future_dropped"), 0);
  }
}

TEST(LeaderlessCluster, NodesCoordinate) { quorums_remember("timestamps", "quorum"); }
TEST(LeaderlessCluster, ClientsCoordinate) { quorums_remember("coordinator", "client"); }
TEST(LeaderlessCluster, PaxosDecides) { quorums_remember("cas", "paxos"); }

// Nothing but hints can tell the node that was away: it is not read from, and nobody compares trees.
TEST(LeaderlessCluster, StandInsHandTheirHintsToANodeThatIsBack) {
  const Facts options = {{"n", Value::text("2")},         {"w", Value::text("all")},
                         {"r", Value::text("one")},       {"sloppy", Value::text("yes")},
                         {"repair", Value::text("none")}, {"anti-entropy", Value::text("0")}};
  ProcessCluster cluster(3, mode_fields("leaderless", options));
  write_numbers(*client_of(cluster, "leaderless", options, 0, 1), 0, 1);
  EXPECT_EQ(cluster.end(2, SIGKILL), -SIGKILL);
  write_numbers(*client_of(cluster, "leaderless", options, 0, 2), 0, 2 * kNumbers);
  const auto sum = [&](const std::string& counter) {
    return cluster.status(0, "counters." + counter) + cluster.status(1, "counters." + counter);
  };
  const std::int64_t stored = sum("hints_stored");
  EXPECT_GT(stored, 0);
  EXPECT_EQ(sum("hints_kept"), stored);
  // Hints outlive those who keep them.
  for (std::size_t node = 0; node < 2; ++node) EXPECT_EQ(cluster.end(node, SIGKILL), -SIGKILL);
  for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
  EXPECT_TRUE(eventually([&] { return sum("hints_kept") == 0 && sum("hints_delivered") == stored; }));

  const auto reader = client_of(cluster, "leaderless", options, 2, 3);
  reader->client->stay_on_node();
  const leaderless::Ring ring(3, 2);
  for (Key key = 0; key < 2 * kNumbers; ++key) {
    if (!ring.holds(2, ring.group_of(key))) continue;
    EXPECT_EQ(reader->read(key).mops.at(0).result, Value(key * 10)) << key;
  }
}

}  // namespace
}  // namespace assay::refdb
