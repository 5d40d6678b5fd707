// The workload "set" and its judges against stores that behave well and badly.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using Said = std::map<std::string, std::string>;

const Facts kEventual = {{"demand", Value::text("eventual")}};
const Facts kEventualRemoves = {{"demand", Value::text("eventual")}, {"removes", Value(20)}};

TEST(SetWorkload, AcceptsAStoreThatKeepsItsElements) {
  EXPECT_EQ(judged("set", Model{}), (Said{{"set-full", "valid"}}));
  EXPECT_EQ(judged("set", Model{.unsure_one_in = 20}), (Said{{"set-full", "valid"}}));
  EXPECT_EQ(judged("set", Model{}, {{"removes", Value(20)}}), (Said{{"durability", "valid"}}));
  const Model lagging{.lag = 20 * kMillisecond};
  EXPECT_EQ(judged("set", lagging, kEventual),
            (Said{{"set", "valid"}, {"durability", "valid"}, {"convergence", "valid"}}));
  EXPECT_EQ(judged("set", lagging)["set-full"], "invalid: stale-read");
}

TEST(SetWorkload, ElementsMayBeWholeNumbers) {
  const auto workload = testing::make("set", Model{}, {{"elements", Value::text("integers")}});
  Rng rng(1);
  bool added = false;
  for (int i = 0; i < 20; ++i) {
    const auto request = workload->next(0, Phase::main, rng);
    if ((*request)[0].fn != Fn::add) continue;
    EXPECT_TRUE((*request)[0].argument.is_integer());
    added = true;
  }
  EXPECT_TRUE(added);
}

TEST(SetWorkload, CountsLostElements) {
  const Model losing{.lag = kMillisecond, .lose_one_in = 30};
  const auto workload = testing::make("set", losing, kEventual);
  const History history = testing::run(*workload, losing);
  EXPECT_EQ(
      testing::verdicts(*workload, history),
      (Said{{"set", "invalid: lost"}, {"durability", "invalid: lost-write"}, {"convergence", "valid"}}));
  const std::int64_t lost = testing::statistic(*workload, history, "set", "lost");
  EXPECT_GT(lost, 3);
  EXPECT_EQ(testing::statistic(*workload, history, "durability", "lost-write"), lost);
}

TEST(SetWorkload, FindsElementsThatComeBack) {
  EXPECT_EQ(judged("set", Model{.lag = 10 * kMillisecond}, kEventualRemoves)["convergence"], "valid");
  // A remove that never happened looks as if its element came back.
  const Model losing{.lag = kMillisecond, .lose_one_in = 10};
  EXPECT_EQ(judged("set", losing, kEventualRemoves)["durability"], "invalid: lost-write, resurrected");
}

}  // namespace
}  // namespace assay::workloads
