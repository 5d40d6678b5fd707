// The workload "counter" and its judges against stores that behave well and badly.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;
using Said = std::map<std::string, std::string>;

Facts options(std::initializer_list<std::pair<const char*, const char*>> list) {
  Facts facts;
  for (const auto& [name, value] : list) facts.push_back({name, Value::text(value)});
  return facts;
}

TEST(CounterWorkload, AcceptsAStoreThatCounts) {
  for (const char* style : {"add", "cas"}) {
    EXPECT_EQ(judged("counter", Model{}, options({{"style", style}})), (Said{{"counter", "valid"}})) << style;
  }
  EXPECT_EQ(judged("counter", Model{.unsure_one_in = 20}), (Said{{"counter", "valid"}}));
}

TEST(CounterWorkload, EventualCountersMayLagButNotLose) {
  const Facts eventual = options({{"demand", "eventual"}});
  const Model lagging{.lag = 20 * kMillisecond};
  EXPECT_EQ(judged("counter", lagging)["counter"], "invalid: read-too-low");
  EXPECT_EQ(judged("counter", lagging, eventual), (Said{{"counter", "valid"}, {"convergence", "valid"}}));
  const Model withholding{.lag = 20 * kMillisecond, .withhold_one_in = 50};
  EXPECT_EQ(judged("counter", withholding, eventual),
            (Said{{"counter", "invalid: read-too-low"}, {"convergence", "invalid: divergence"}}));
}

TEST(CounterWorkload, CountersMayShrink) {
  const Facts shrinking = options({{"demand", "eventual"}, {"decrements", "yes"}});
  const Model lagging{.lag = 20 * kMillisecond, .unsure_one_in = 40};
  EXPECT_EQ(judged("counter", lagging, shrinking), (Said{{"counter", "valid"}, {"convergence", "valid"}}));
  EXPECT_EQ(judged("counter", Model{.lose_one_in = 10}, shrinking)["counter"].substr(0, 7), "invalid");
}

TEST(CounterWorkload, CountsWhatIsLost) {
  const Model losing{.lose_one_in = 40};
  const auto workload = testing::make("counter", losing, options({{"demand", "eventual"}}));
  const History history = testing::run(*workload, losing);
  EXPECT_EQ(testing::verdicts(*workload, history)["counter"], "invalid: read-too-low");
  const std::int64_t lost = statistic(*workload, history, "counter", "increments_lost");
  EXPECT_GT(lost, 3);
  EXPECT_LT(lost, 30);
  EXPECT_EQ(statistic(*workload, history, "counter", "increments_surplus"), 0);
}

// Processes that read and write one more lose each other's increments in the best of stores.
TEST(CounterWorkload, BlindReadModifyWriteLosesUpdates) {
  const Model model;
  const auto workload = testing::make("counter", model, options({{"style", "read-modify-write"}}), 1);
  const History history = testing::run(*workload, model);
  EXPECT_EQ(testing::verdicts(*workload, history)["counter"], "invalid: read-too-low");
  EXPECT_GT(statistic(*workload, history, "counter", "increments_lost"), 20);
}

}  // namespace
}  // namespace assay::workloads
