// The workload "prefix" and its judges against stores whose two shards keep pace and don't.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;
using Said = std::map<std::string, std::string>;

Facts with(std::initializer_list<std::pair<const char*, const char*>> list) {
  Facts facts;
  for (const auto& [name, value] : list) facts.push_back({name, Value::text(value)});
  return facts;
}

TEST(PrefixWorkload, OneCopyKeepsThePrefix) {
  EXPECT_EQ(judged("prefix", Model{}), (Said{{"causal-reverse", "valid"}}));
  EXPECT_EQ(judged("prefix", Model{}, with({{"together", "yes"}})), (Said{{"causal-reverse", "valid"}}));
  EXPECT_EQ(judged("prefix", Model{.unsure_one_in = 20}, with({{"style", "transfers"}})),
            (Said{{"bank", "valid"}}));
}

TEST(PrefixWorkload, AnswersWithoutQuestionsAreCounted) {
  const Model lagging{.operations = 2000, .lag = 30 * kMillisecond, .wander = true};
  for (const char* together : {"yes", "no"}) {
    const auto workload = testing::make("prefix", lagging, with({{"together", together}}));
    const History history = testing::run(*workload, lagging);
    EXPECT_EQ(testing::verdicts(*workload, history)["causal-reverse"], "invalid: answer-without-question");
    EXPECT_GT(statistic(*workload, history, "causal-reverse", "answers_without_question"), 2) << together;
  }
}

TEST(PrefixWorkload, HalfATransferIsSeen) {
  const Model halving{.half_in = 30};
  const auto workload = testing::make("prefix", halving, with({{"style", "transfers"}}));
  const History history = testing::run(*workload, halving);
  EXPECT_EQ(testing::verdicts(*workload, history)["bank"], "invalid: wrong-total");
  EXPECT_GT(statistic(*workload, history, "bank", "wrong-total"), 10);
}

}  // namespace
}  // namespace assay::workloads
