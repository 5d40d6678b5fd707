// The workload "queue" and its judges against stores that behave well and badly.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using Said = std::map<std::string, std::string>;

const Facts kUnordered = {{"order", Value::text("none")}};

TEST(QueueWorkload, AcceptsAStoreThatGivesWhatCameFirst) {
  EXPECT_EQ(judged("queue", Model{}), (Said{{"total-queue", "valid"}, {"linearizable", "valid"}}));
  EXPECT_EQ(judged("queue", Model{}, kUnordered), (Said{{"total-queue", "valid"}}));
  EXPECT_EQ(judged("queue", Model{.unsure_one_in = 20})["linearizable"], "valid");
}

TEST(QueueWorkload, SeesAnotherOrder) {
  const Model stack{.last_comes_first = true};
  Said said = judged("queue", stack);
  EXPECT_EQ(said["total-queue"], "valid");
  EXPECT_NE(said["linearizable"], "valid");
  EXPECT_EQ(judged("queue", stack, kUnordered), (Said{{"total-queue", "valid"}}));
}

TEST(QueueWorkload, SeesWhatIsLostAndWhatComesTwice) {
  EXPECT_EQ(judged("queue", Model{.lose_one_in = 30}, kUnordered)["total-queue"].substr(0, 7), "invalid");
  // Each node gives what it has.
  EXPECT_EQ(judged("queue", Model{.lag = 10 * kMillisecond}, kUnordered)["total-queue"].substr(0, 7),
            "invalid");
}

// Every node is asked until all of them say that nothing is left.
TEST(QueueWorkload, DrainsEveryNode) {
  const Model model{.nodes = 2};
  const auto workload = testing::make("queue", model, {}, 1);
  Rng rng(1);
  const auto answered = [&](ProcessId process, const Value& result) {
    auto request = workload->next(process, Phase::final_reads, rng);
    ASSERT_TRUE(request);
    EXPECT_EQ((*request)[0].fn, Fn::dequeue);
    (*request)[0].result = result;
    Operation operation;
    operation.process = process;
    operation.outcome = Outcome::ok;
    operation.mops = *request;
    workload->observe(operation);
  };
  answered(0, Value());
  EXPECT_FALSE(workload->next(2, Phase::final_reads, rng)) << "of the same node";
  answered(1, 5);
  answered(1, Value());
  answered(0, Value());
  EXPECT_FALSE(workload->next(0, Phase::final_reads, rng));
  EXPECT_FALSE(workload->next(1, Phase::final_reads, rng));
}

}  // namespace
}  // namespace assay::workloads
