// The workload "convergence" and its judge against stores that converge and that don't.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;

Facts style(const char* name) { return {{"style", Value::text(name)}}; }

TEST(ConvergenceWorkload, NodesThatGetEverythingAgree) {
  for (const char* name : {"registers", "sets", "counters"}) {
    EXPECT_EQ(judged("convergence", Model{.lag = 30 * kMillisecond}, style(name))["convergence"], "valid")
        << name;
  }
  EXPECT_EQ(judged("convergence", Model{.lag = 30 * kMillisecond, .unsure_one_in = 30})["convergence"],
            "valid");
}

TEST(ConvergenceWorkload, NodesThatMissSomethingDiffer) {
  for (const char* name : {"registers", "sets", "counters"}) {
    const Model withholding{.lag = 30 * kMillisecond, .withhold_one_in = 3};
    const auto workload = testing::make("convergence", withholding, style(name), 20);
    const History history = testing::run(*workload, withholding);
    EXPECT_EQ(testing::verdicts(*workload, history)["convergence"], "invalid: divergence") << name;
    EXPECT_GT(statistic(*workload, history, "convergence", "divergence"), 2) << name;
  }
}

// Appends arrive in different orders here, as nothing orders them.
TEST(ConvergenceWorkload, OrdersOfListsDiffer) {
  EXPECT_EQ(judged("convergence", Model{.lag = 30 * kMillisecond}, style("lists"))["convergence"],
            "invalid: divergence");
  EXPECT_EQ(judged("convergence", Model{}, style("lists"))["convergence"], "valid");
}

TEST(ConvergenceWorkload, SaysHowLongItTook) {
  std::int64_t before = 0;
  for (const Nanos lag : {20 * kMillisecond, 500 * kMillisecond}) {
    const Model lagging{.lag = lag};
    const auto workload = testing::make("convergence", lagging);
    const History history = testing::run(*workload, lagging);
    const std::int64_t took = statistic(*workload, history, "convergence", "converged_nanoseconds");
    EXPECT_GT(took, before);
    before = took;
  }
}

TEST(ConvergenceWorkload, EveryKeyIsReadFromEveryNodeAtTheEnd) {
  const Model model{.nodes = 4, .processes = 5};
  const auto workload = testing::make("convergence", model, {}, 7);
  const History history = testing::run(*workload, model);
  EXPECT_EQ(statistic(*workload, history, "convergence", "objects_compared"), 7);
  EXPECT_TRUE(workload->reads_every_node());
  std::map<std::pair<Key, NodeId>, int> reads;
  const Nanos end = history.fault_events().back().time;
  for (const Operation op : history.operations()) {
    if (op.invoked > end) ++reads[{op.mops[0].key, op.node}];
  }
  EXPECT_EQ(reads.size(), 28u);
}

}  // namespace
}  // namespace assay::workloads
