// The workload "causal-chat" and its judges against stores that keep causes before effects and that don't.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;
using Said = std::map<std::string, std::string>;

TEST(CausalChatWorkload, OneCopyShowsNoAnswerWithoutItsQuestion) {
  EXPECT_EQ(judged("causal-chat", Model{}), (Said{{"causal-reverse", "valid"}, {"causal", "valid"}}));
  EXPECT_EQ(judged("causal-chat", Model{.unsure_one_in = 20}),
            (Said{{"causal-reverse", "valid"}, {"causal", "valid"}}));
  EXPECT_EQ(judged("causal-chat", Model{}, {{"together", Value::text("yes")}})["causal-reverse"], "valid");
}

// News travels equally fast everywhere: whoever stays on a node sees questions first. Who wanders does not.
TEST(CausalChatWorkload, WanderingBetweenNodesThatLagBreaksIt) {
  const Model lagging{.operations = 2000, .lag = 30 * kMillisecond};
  EXPECT_EQ(judged("causal-chat", lagging), (Said{{"causal-reverse", "valid"}, {"causal", "valid"}}));
  Model wandering = lagging;
  wandering.wander = true;
  const auto workload = testing::make("causal-chat", wandering);
  const History history = testing::run(*workload, wandering);
  const Said said = testing::verdicts(*workload, history);
  EXPECT_EQ(said.at("causal-reverse"), "invalid: answer-without-question");
  EXPECT_EQ(said.at("causal").substr(0, 7), "invalid") << said.at("causal");
  EXPECT_GT(statistic(*workload, history, "causal-reverse", "answers_without_question"), 50);
}

TEST(CausalChatWorkload, AnswersFollowReadsOfWhatTheyAnswer) {
  const Model model;
  const auto workload = testing::make("causal-chat", model);
  const History history = testing::run(*workload, model);
  std::map<std::pair<ProcessId, Key>, bool> seen;
  int answers = 0, questions = 0;
  for (const Operation op : history.operations()) {
    const Mop& mop = op.mops[0];
    if (mop.fn == Fn::read) {
      if (!mop.result.is_nil()) seen[{op.process, mop.key}] = true;
    } else if (const Value answered = mop.argument.second(); answered.is_integer()) {
      ++answers;
      EXPECT_TRUE((seen[{op.process, answered.as_integer()}]));
    } else {
      ++questions;
    }
  }
  EXPECT_GT(answers, 50);
  EXPECT_GT(questions, 30);
}

}  // namespace
}  // namespace assay::workloads
