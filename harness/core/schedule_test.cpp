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

}  // namespace
}  // namespace assay
