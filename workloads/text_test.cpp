// The workload "text" and its judges against texts that keep what is typed and that don't.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;
using Said = std::map<std::string, std::string>;

TEST(TextWorkload, OneCopyKeepsEveryCharacter) {
  const Said all{{"durability", "valid"}, {"convergence", "valid"}};
  EXPECT_EQ(judged("text", Model{}), all);
  EXPECT_EQ(judged("text", Model{}, {{"erases", Value(0)}}), all);
  EXPECT_EQ(judged("text", Model{.unsure_one_in = 20})["durability"], "valid");
}

TEST(TextWorkload, LostCharactersAreCounted) {
  const Model losing{.lose_one_in = 20};
  const auto workload = testing::make("text", losing, {{"erases", Value(0)}});
  const History history = testing::run(*workload, losing);
  EXPECT_EQ(testing::verdicts(*workload, history)["durability"], "invalid: lost-write");
  std::map<Key, std::int64_t> typed, size;
  for (const Operation op : history.operations()) {
    const Mop& mop = op.mops[0];
    if (mop.fn == Fn::insert && op.outcome == Outcome::ok) ++typed[mop.key];
    if (mop.fn == Fn::read && !mop.result.is_nil()) {
      size[mop.key] = static_cast<std::int64_t>(mop.result.as_text().size());
    }
  }
  std::int64_t lost = 0;
  for (const auto& [key, count] : typed) lost += count - size[key];
  EXPECT_GT(lost, 5);
  EXPECT_EQ(statistic(*workload, history, "durability", "lost-write"), lost);
}

// Positions mean something else in a text that others have changed: without transformation the texts differ.
TEST(TextWorkload, PositionsThatAreNotTransformedDiverge) {
  EXPECT_EQ(judged("text", Model{.lag = 30 * kMillisecond})["convergence"], "invalid: divergence");
}

}  // namespace
}  // namespace assay::workloads
