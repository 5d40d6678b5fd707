// The workload "lock" and its judge against locks and storages that are careful and that aren't.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;
using Said = std::map<std::string, std::string>;

Facts with(std::initializer_list<std::pair<const char*, const char*>> list) {
  Facts facts = {{"lease", Value::text("50ms")}};
  for (const auto& [name, value] : list) {
    if (std::string_view(name) == "lease") facts.clear();
    facts.push_back({name, Value::text(value)});
  }
  return facts;
}

const Model kLong{.operations = 3000};

TEST(LockWorkload, FencedWritesOfStaleHoldersAreRefused) {
  const auto workload = testing::make("lock", kLong, with({}), 2);
  const History history = testing::run(*workload, kLong);
  EXPECT_EQ(testing::verdicts(*workload, history), (Said{{"lock", "valid"}}));
  EXPECT_GT(statistic(*workload, history, "lock", "acquired"), 30);
  EXPECT_GT(statistic(*workload, history, "lock", "holder_writes"), 50);
  int fenced_off = 0, taken_over = 0;
  for (const Operation op : history.operations()) {
    fenced_off += op.outcome == Outcome::fail && op.mops[0].fn == Fn::fence ? 1 : 0;
    taken_over +=
        op.outcome == Outcome::ok && op.mops[0].fn == Fn::acquire && !op.mops[0].argument.is_nil() ? 1 : 0;
  }
  EXPECT_GT(fenced_off, 2);
  EXPECT_GT(taken_over, 5);
}

TEST(LockWorkload, WithoutFencingTwoHoldersWrite) {
  const auto workload = testing::make("lock", kLong, with({{"fencing", "no"}}), 2);
  const History history = testing::run(*workload, kLong);
  EXPECT_EQ(testing::verdicts(*workload, history), (Said{{"lock", "invalid: stale-holder-write"}}));
  EXPECT_GT(statistic(*workload, history, "lock", "stale-holder-write"), 2);
}

TEST(LockWorkload, AStorageThatIgnoresTokensIsFoundOut) {
  const Model careless{.operations = 3000, .ignores_fences = true};
  EXPECT_EQ(judged("lock", careless, with({}), 2)["lock"], "invalid: stale-holder-write");
}

TEST(LockWorkload, WithoutLeasesOneHolderAtATime) {
  EXPECT_EQ(judged("lock", Model{}, with({{"lease", "0s"}}), 2)["lock"], "valid");
  EXPECT_EQ(judged("lock", Model{.forgets_locks = true}, with({{"lease", "0s"}}), 2)["lock"].substr(0, 20),
            "invalid: double-hold");
}

TEST(LockWorkload, HoldersThatAreGoneAreReplaced) {
  const Model unsure{.operations = 3000, .unsure_one_in = 50};
  const auto workload = testing::make("lock", unsure, with({}), 2);
  const History history = testing::run(*workload, unsure);
  EXPECT_EQ(testing::verdicts(*workload, history), (Said{{"lock", "valid"}}));
  EXPECT_GT(statistic(*workload, history, "lock", "acquired"), 30);
}

}  // namespace
}  // namespace assay::workloads
