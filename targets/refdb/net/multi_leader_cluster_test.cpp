// Mode multi-leader as hosts run it: processes, real sockets, real disk.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "targets/refdb/net/testing/mode_client.h"
#include "targets/refdb/net/testing/test_support.h"

namespace assay::refdb {
namespace {

constexpr Key kCounter = 1, kSet = 2;

void add_five(ClientLoop& client, const std::string& prefix) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(client.ask({Mop{Fn::add, kCounter, Value(1), {}}}).outcome, Outcome::ok);
    ASSERT_EQ(client.ask({Mop{Fn::add, kSet, Value::text(prefix + std::to_string(i)), {}}}).outcome,
              Outcome::ok);
  }
}

void expect_everywhere(ProcessCluster& cluster, std::int64_t count, std::uint64_t client_id) {
  for (PeerId node = 0; node < cluster.size(); ++node) {
    const auto client = client_of(cluster, "multi-leader", {}, node, client_id + node);
    EXPECT_TRUE(eventually([&] { return client->read(kCounter).mops.at(0).result == Value(count); })) << node;
    EXPECT_EQ(client->read(kSet).mops.at(0).result.as_list().size(), static_cast<std::size_t>(count)) << node;
  }
}

void every_node_writes_and_converges(const std::string& topology) {
  ProcessCluster cluster(3, mode_fields("multi-leader", {{"resolver", Value::text("crdt")},
                                                         {"topology", Value::text(topology)}}));
  for (PeerId node = 0; node < 3; ++node)
    add_five(*client_of(cluster, "multi-leader", {}, node, 1 + node), "a" + std::to_string(node));
  expect_everywhere(cluster, 15, 10);
  // The others go on without a node, which keeps what it has and gets what it missed.
  EXPECT_EQ(cluster.end(2, SIGKILL), -SIGKILL);
  for (PeerId node = 0; node < 2; ++node)
    add_five(*client_of(cluster, "multi-leader", {}, node, 20 + node), "b" + std::to_string(node));
  cluster.start(2);
  expect_everywhere(cluster, 25, 30);
  for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(cluster.end(node, SIGKILL), -SIGKILL);
  for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
  expect_everywhere(cluster, 25, 40);
  for (std::size_t node = 0; node < 3; ++node) {
    EXPECT_EQ(cluster.status(node, "counters.garbage_dropped"), 0);
    EXPECT_EQ(cluster.status(node, "counters.nonsense_dropped"), 0);
    EXPECT_EQ(cluster.status(node, "counters.future_dropped"), 0);
  }
}

TEST(MultiLeaderCluster, AllToAllConvergesAfterAKill) { every_node_writes_and_converges("all-to-all"); }
TEST(MultiLeaderCluster, ARingConvergesAfterAKill) { every_node_writes_and_converges("ring"); }

}  // namespace
}  // namespace assay::refdb
