// How far each node says it is with replication, in simulation, in a mode with a common log and in one with hints.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "targets/refdb/simulated/make_simulated.h"

namespace assay::refdb {
namespace {

std::unique_ptr<Target> started(const char* mode) {
  Plan plan;
  plan.mode = mode;
  plan.nodes = 3;
  std::unique_ptr<Target> target = make_simulated(plan);
  target->start();
  return target;
}

// Writes of one client, one after the other; those that no quorum answers in time are given up.
void write(Target& target, NodeId node, int count) {
  const std::unique_ptr<Client> client = target.connect(node, 1);
  for (int i = 0; i < count; ++i) {
    bool done = false;
    client->invoke({{Fn::write, 1, Value(i), {}}}, kSecond, [&](Completion) { done = true; });
    while (!done) target.world().wait(target.world().now() + 10 * kMillisecond);
  }
}

// From and to the third node.
void cut_off_third(Target& target) {
  const std::vector<Link> links = {{0, 2}, {2, 0}, {1, 2}, {2, 1}};
  target.network()->cut(links);
}

TEST(Progress, OfANodeThatIsCutOffFallsBehindAndCatchesUp) {
  const std::unique_ptr<Target> target = started("raft");
  write(*target, 0, 10);
  target->world().wait(target->world().now() + kSecond);
  target->observe(1);
  cut_off_third(*target);
  write(*target, 0, 20);
  target->observe(2);
  target->processes()->pause(2);
  target->observe(3);
  target->processes()->resume(2);
  target->network()->heal();
  write(*target, 0, 10);
  const Nanos end = target->world().now() + 3 * kSecond;
  while (target->world().now() < end) target->world().wait(end);
  target->observe(4);
  const std::vector<ReplicationSample> samples = target->replication();
  ASSERT_EQ(samples.size(), 4u);
  EXPECT_EQ(samples[0].at, 1);
  const auto furthest = [](const ReplicationSample& sample) {
    return *std::max_element(sample.positions.begin(), sample.positions.end());
  };
  EXPECT_GE(furthest(samples[1]), furthest(samples[0]) + 10);
  EXPECT_LE(samples[1].positions[2], samples[0].positions[2] + 2) << "it is cut off";
  EXPECT_EQ(samples[2].positions[2], -1) << "one that is paused says nothing";
  EXPECT_GE(samples[3].positions[2], furthest(samples[1]));
  EXPECT_EQ(samples[3].pending, std::nullopt);
}

TEST(Progress, OfALeaderlessDatabaseIsWhatWaits) {
  const std::unique_ptr<Target> target = started("leaderless");
  target->observe(1);
  const std::vector<ReplicationSample> samples = target->replication();
  EXPECT_EQ(samples[0].pending, 0);
  EXPECT_EQ(samples[0].positions, (std::vector<std::int64_t>{-1, -1, -1}));
}

}  // namespace
}  // namespace assay::refdb
