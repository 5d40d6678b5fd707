// The workload "session" and its judges against stores that keep the session guarantees and that don't.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;

Facts with(const char* name, const char* value) { return {{name, Value::text(value)}}; }

TEST(SessionWorkload, OneCopyKeepsEveryGuarantee) {
  for (const char* writers : {"own", "all"}) {
    EXPECT_EQ(judged("session", Model{}, with("writers", writers))["session"], "valid") << writers;
  }
  EXPECT_EQ(judged("session", Model{}, with("style", "lists"))["session"], "valid");
  EXPECT_EQ(judged("session", Model{.unsure_one_in = 20})["session"], "valid");
}

TEST(SessionWorkload, WhoStaysOnANodeThatLagsKeepsTheGuarantees) {
  EXPECT_EQ(judged("session", Model{.lag = 50 * kMillisecond})["session"], "valid");
}

TEST(SessionWorkload, WanderingBetweenNodesThatLagBreaksThem) {
  const Model wandering{.lag = 50 * kMillisecond, .wander = true};
  const auto workload = testing::make("session", wandering);
  const History history = testing::run(*workload, wandering);
  EXPECT_EQ(testing::verdicts(*workload, history)["session"], "invalid: read-your-writes, monotonic-reads");
  EXPECT_GT(statistic(*workload, history, "session", "read-your-writes"), 10);
  EXPECT_GT(statistic(*workload, history, "session", "monotonic-reads"), 10);
}

TEST(SessionWorkload, ListsShowWritesInTheWrongOrder) {
  const std::string said =
      judged("session", Model{.lag = 50 * kMillisecond, .wander = true}, with("style", "lists"))["session"];
  for (const char* name : {"read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads",
                           "consistent-prefix"}) {
    EXPECT_NE(said.find(name), std::string::npos) << said;
  }
}

TEST(SessionWorkload, OnlyTheGuaranteesThatAreAskedForAreDemanded) {
  const Model wandering{.lag = 50 * kMillisecond, .wander = true};
  EXPECT_EQ(judged("session", wandering, with("session.guarantees", "monotonic-reads"))["session"],
            "invalid: monotonic-reads");
}

// Several models on one history: stale, but each session on a node of its own is in order.
TEST(SessionWorkload, OtherJudgesLookAtTheSameHistory) {
  const Facts also = {{"also", Value::text("linearizable,sequential,causal,staleness,pram")}};
  for (const bool lagging : {false, true}) {
    auto said = judged("session", Model{.lag = lagging ? 50 * kMillisecond : 0}, also);
    EXPECT_EQ(said["session"], "valid");
    EXPECT_EQ(said["causal"], "valid");
    EXPECT_EQ(said["pram"], "valid");
    EXPECT_EQ(said["linearizable"] == "valid", !lagging) << said["linearizable"];
    EXPECT_EQ(said["staleness"] == "valid", !lagging) << said["staleness"];
    EXPECT_EQ(said.size(), 6u);
  }
}

}  // namespace
}  // namespace assay::workloads
