// The workload "durability" and its judge against stores that keep and lose what they acknowledged.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;

TEST(DurabilityWorkload, AcceptsAStoreThatKeepsEverything) {
  EXPECT_EQ(judged("durability", Model{})["durability"], "valid");
  EXPECT_EQ(judged("durability", Model{.unsure_one_in = 10})["durability"], "valid");
  EXPECT_EQ(judged("durability", Model{.lag = 20 * kMillisecond})["durability"], "valid");
}

TEST(DurabilityWorkload, CountsEveryAcknowledgedWriteThatIsGone) {
  for (const std::uint64_t one_in : {10, 100}) {
    const Model losing{.operations = 2000, .lose_one_in = one_in};
    const auto workload = testing::make("durability", losing);
    const History history = testing::run(*workload, losing);
    EXPECT_EQ(testing::verdicts(*workload, history)["durability"], "invalid: lost-write");
    const auto lost = statistic(*workload, history, "durability", "lost-write");
    // Each lost write of a key of its own is one key that is never found.
    std::int64_t never_found = 0;
    std::map<Key, bool> found;
    for (const Operation op : history.operations()) {
      const Mop& mop = op.mops[0];
      if (mop.fn == Fn::write) found.emplace(mop.key, false);
      if (mop.fn == Fn::read && !mop.result.is_nil()) found[mop.key] = true;
    }
    for (const auto& [key, seen] : found) never_found += seen ? 0 : 1;
    EXPECT_EQ(lost, never_found);
    EXPECT_NEAR(static_cast<double>(lost), 1800.0 / static_cast<double>(one_in), 60.0);
  }
}

TEST(DurabilityWorkload, WhatOneNodeKeepsIsStaleAndNotLost) {
  const Model withholding{.lag = 20 * kMillisecond, .withhold_one_in = 20};
  const auto workload = testing::make("durability", withholding);
  const History history = testing::run(*workload, withholding);
  EXPECT_EQ(testing::verdicts(*workload, history)["durability"], "invalid: stale-final-read");
  EXPECT_EQ(statistic(*workload, history, "durability", "lost-write"), 0);
}

}  // namespace
}  // namespace assay::workloads
