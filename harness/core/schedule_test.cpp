#include "harness/core/schedule.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Schedule, RoundTrips) {
  const std::vector<ScheduledFault> schedule = {{5 * kSecond, "kill-leader", 3 * kSecond},
                                                {12500 * kMillisecond, "partition-groups:n1/n2+n3", kMinute}};
  EXPECT_EQ(format_schedule(schedule), "5s kill-leader 3s; 12500ms partition-groups:n1/n2+n3 1m");
  EXPECT_EQ(parse_schedule(format_schedule(schedule)), schedule);
  EXPECT_EQ(parse_schedule(" 5s   kill-leader 3s ;;12.5s partition-groups:n1/n2+n3 60s;"), schedule);
  EXPECT_EQ(parse_schedule(""), std::vector<ScheduledFault>{});
}

TEST(Schedule, KnowsWhatIsNone) {
  for (const char* wrong :
       {"kill", "5s kill", "kill 5s 3s", "5s kill 3", "5s kill 3s 4s", "5s kill 3s, 9s pause 1s"}) {
    EXPECT_EQ(parse_schedule(wrong), std::nullopt) << wrong;
  }
}

TEST(Schedule, NamesDrawnAndScheduledFaults) {
  Plan plan;
  plan.nemesis = {"clock"};
  plan.schedule = {{0, "kill-leader", 1}};
  EXPECT_EQ(fault_names(plan), (std::vector<std::string>{"clock", "kill-leader"}));
}

TEST(Schedule, WindowsMayBeginWhenSomethingHappened) {
  const auto parsed =
      parse_schedule("leader-changed+500ms kill-leader 3s; then pause 1s; counter:elections kill 1s");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ((*parsed)[0].trigger, "leader-changed");
  EXPECT_EQ((*parsed)[0].at, 500 * kMillisecond);
  EXPECT_EQ((*parsed)[1].trigger, "then");
  EXPECT_EQ(parse_schedule(format_schedule(*parsed)), parsed);
  EXPECT_EQ(parse_trigger((*parsed)[2].trigger)->what, "elections");
  EXPECT_EQ(parse_trigger("snapshot")->what, "snapshots_sent");
  for (const char* wrong :
       {"sunrise kill 1s", "counter: kill 1s", "leader-changed+soon kill 1s", "+1s kill 1s"})
    EXPECT_EQ(parse_schedule(wrong), std::nullopt) << wrong;
}

TEST(Schedule, PeriodsBudgetsAndWeights) {
  const auto periods = parse_periods("40s..45s,10s..15s");
  ASSERT_TRUE(periods && periods->size() == 2);
  EXPECT_EQ((*periods)[0].begin, 10 * kSecond);
  EXPECT_TRUE(parse_periods("")->empty());
  for (const char* wrong : {"10s", "10s..5s", "10s..10s", "1s..2s,3s", "..5s"})
    EXPECT_EQ(parse_periods(wrong).has_value(), false) << wrong;
  EXPECT_EQ(parse_budget("minority", 5), 2u);
  EXPECT_EQ(parse_budget("minority", 2), 0u);
  EXPECT_EQ(parse_budget("3", 5), 3u);
  EXPECT_GT(*parse_budget("none", 5), 1000u);
  for (const char* wrong : {"", "0", "-1", "most", "1x"})
    EXPECT_EQ(parse_budget(wrong, 5), std::nullopt) << wrong;
  EXPECT_EQ(parse_weighted_fault("clock-skew:10s=4").name, "clock-skew:10s");
  EXPECT_EQ(parse_weighted_fault("clock-skew:10s=4").weight, 4);
  EXPECT_EQ(parse_weighted_fault("kill").weight, 1);
  for (const char* wrong : {"kill=0", "kill=", "kill=x", "kill=1001", "kill=-2"})
    EXPECT_EQ(parse_weighted_fault(wrong).weight, 0) << wrong;
  Plan plan;
  plan.nemesis = {"kill=3"};
  EXPECT_EQ(fault_names(plan), std::vector<std::string>{"kill"});
}

}  // namespace
}  // namespace assay
