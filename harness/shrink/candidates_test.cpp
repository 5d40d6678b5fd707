// What each kind of candidate changes, and what it leaves alone.
#include "harness/shrink/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace assay::shrink {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

// Windows at 2 s for 3 s, at 6 s for 1 s and one that waits for a trigger; four operations of slots 1, 3, 3, 7 on keys 2, 5, 5, 9.
Plan plan_of_ten_seconds() {
  Plan plan;
  plan.nodes = 5;
  plan.concurrency = 10;
  plan.keys = 12;
  plan.warm_up = kSecond;
  plan.time_limit = 10 * kSecond;
  plan.schedule = {{.at = 2 * kSecond, .fault = "kill", .duration = 3 * kSecond},
                   {.at = 6 * kSecond, .fault = "pause", .duration = kSecond},
                   {.at = 9 * kSecond, .fault = "wipe", .duration = kSecond, .trigger = "leader-changed"}};
  const auto write = [&](Nanos at, int slot, NodeId node, Key key) {
    plan.operations.push_back({at, slot, node, {{Fn::write, key, Value(key), {}}}});
  };
  write(2 * kSecond, 1, 0, 2);
  write(3 * kSecond, 3, 1, 5);
  write(4 * kSecond, 3, 4, 5);
  write(8 * kSecond, 7, 3, 9);
  return plan;
}

TEST(Candidates, AShorterMainPhaseHasNoWindowBeyondItsEnd) {
  const std::vector<Plan> plans = shorter(plan_of_ten_seconds(), 4 * kSecond);
  std::vector<Nanos> limits;
  for (const Plan& plan : plans) {
    limits.push_back(plan.time_limit);
    for (const ScheduledFault& window : plan.schedule) {
      EXPECT_TRUE(!window.trigger.empty() || window.at + window.duration <= plan.time_limit);
    }
    EXPECT_EQ(plan.schedule.back().fault, "wipe") << "nobody knows when it begins";
    EXPECT_THAT(plan.operations, SizeIs(4));
  }
  EXPECT_THAT(limits, ElementsAre(1250 * kMillisecond, 2500 * kMillisecond, 5 * kSecond, 3010 * kMillisecond,
                                  7500 * kMillisecond, 8750 * kMillisecond));
  EXPECT_THAT(plans[0].schedule, SizeIs(1));
  EXPECT_EQ(plans[1].schedule[0].duration, 500 * kMillisecond);
}

TEST(Candidates, SoonerMovesEverythingByTheSame) {
  const Plan before = plan_of_ten_seconds();
  const std::vector<Plan> plans = sooner(before);
  ASSERT_THAT(plans, SizeIs(5));
  EXPECT_EQ(plans[0].warm_up, 0);
  EXPECT_EQ(plans[0].operations[0].at, kSecond);
  EXPECT_EQ(plans[0].schedule, before.schedule) << "windows count from the main phase";
  // The first thing in the main phase is the operation at its second 1.
  EXPECT_EQ(plans[1].schedule[0].at, kSecond);
  EXPECT_EQ(plans[1].operations[3].at, 7 * kSecond);
  EXPECT_EQ(plans[1].time_limit, 9 * kSecond);
  EXPECT_EQ(plans[2].schedule[1].at, 5500 * kMillisecond);
  EXPECT_EQ(plans[3].warm_up, kSecond / 2);
  EXPECT_EQ(plans[3].time_limit, 5 * kSecond);
  EXPECT_EQ(plans[3].schedule[0].duration, 1500 * kMillisecond);
  EXPECT_EQ(plans[3].operations[0].at, kSecond);
  Plan brief = before;
  brief.schedule[0].duration = 12 * kMillisecond;
  EXPECT_EQ(sooner(brief)[3].schedule[0].duration, 10 * kMillisecond) << "no window vanishes";
}

TEST(Candidates, EachWindowIsMadeBrieferByItself) {
  Plan plan = plan_of_ten_seconds();
  plan.schedule.resize(2);
  plan.schedule[1].duration = 30 * kMillisecond;
  std::vector<std::vector<Nanos>> durations;
  for (const Plan& each : briefer_windows(plan))
    durations.push_back({each.schedule[0].duration, each.schedule[1].duration});
  EXPECT_THAT(durations, ElementsAre(ElementsAre(750 * kMillisecond, 30 * kMillisecond),
                                     ElementsAre(1500 * kMillisecond, 30 * kMillisecond),
                                     ElementsAre(3 * kSecond, 15 * kMillisecond)));
}

TEST(Candidates, OperationsGoThroughTheNodesThatAreLeft) {
  const std::vector<Plan> plans = fewer_nodes(plan_of_ten_seconds());
  ASSERT_THAT(plans, SizeIs(4));
  for (const Plan& plan : plans) {
    for (const ListedOperation& operation : plan.operations) EXPECT_LT(operation.node, plan.nodes);
  }
  EXPECT_EQ(plans[2].nodes, 3);
  EXPECT_EQ(plans[2].operations[2].node, 1);
}

TEST(Candidates, SlotsAndKeysAreNumberedWithoutGaps) {
  const Plan before = plan_of_ten_seconds();
  const std::vector<Plan> slots = fewer_processes(before);
  ASSERT_THAT(slots, SizeIs(4));
  EXPECT_EQ(slots[0].concurrency, 3);
  EXPECT_EQ(slots[0].operations[3].slot, 2);
  for (std::size_t i = 1; i < slots.size(); ++i)
    EXPECT_EQ(slots[i].concurrency, 2) << "one does what another did";
  const std::vector<Plan> keys = fewer_keys(before);
  ASSERT_THAT(keys, SizeIs(2));
  EXPECT_EQ(keys[0].keys, 3);
  EXPECT_EQ(keys[0].operations[3].request[0].key, 2);
  EXPECT_EQ(keys[1].keys, 10);
  EXPECT_EQ(keys[1].operations, before.operations);
}

TEST(Candidates, ARateIsOnlyLoweredWhereOneIsDrawnFrom) {
  Plan plan = plan_of_ten_seconds();
  plan.rate = 40;
  EXPECT_THAT(lower_rates(plan), IsEmpty()) << "its operations are listed";
  plan.operations.clear();
  std::vector<std::int64_t> rates;
  for (const Plan& each : lower_rates(plan)) rates.push_back(each.rate);
  EXPECT_THAT(rates, ElementsAre(2, 10, 20));
  plan.pace = Pace::closed_loop;
  EXPECT_THAT(lower_rates(plan), IsEmpty());
}

TEST(Candidates, RoundMomentsAreNoMuchLongerRun) {
  Plan plan = plan_of_ten_seconds();
  plan.schedule[0].at = 2'345'678'901;
  std::vector<Nanos> begins, limits;
  for (const Plan& each : rounder(plan)) {
    begins.push_back(each.schedule[0].at);
    limits.push_back(each.time_limit);
  }
  EXPECT_THAT(begins,
              ElementsAre(2 * kSecond, 2300 * kMillisecond, 2350 * kMillisecond, 2346 * kMillisecond));
  EXPECT_THAT(limits, Each(Le(10 * kSecond)));
  plan.time_limit = 600 * kMillisecond;
  plan.schedule = {{.at = 510 * kMillisecond, .fault = "kill", .duration = 20 * kMillisecond}};
  for (const Plan& each : rounder(plan)) EXPECT_LE(each.time_limit, 750 * kMillisecond);
}

}  // namespace
}  // namespace assay::shrink
