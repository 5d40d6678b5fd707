// The workload "cart" and its judges against stores that keep every item and that lose some.
#include <gtest/gtest.h>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;
using Said = std::map<std::string, std::string>;

const Facts kRegister = {{"style", Value::text("register")}};

TEST(CartWorkload, SetsThatMergeKeepEveryItem) {
  const Said all{{"durability", "valid"}, {"convergence", "valid"}};
  EXPECT_EQ(judged("cart", Model{}), all);
  EXPECT_EQ(judged("cart", Model{.lag = 30 * kMillisecond}), all);
}

TEST(CartWorkload, LostItemsAreCounted) {
  const Model losing{.lag = kMillisecond, .lose_one_in = 30};
  const auto workload = testing::make("cart", losing);
  const History history = testing::run(*workload, losing);
  EXPECT_EQ(testing::verdicts(*workload, history)["durability"].substr(0, 19), "invalid: lost-write");
  EXPECT_GT(statistic(*workload, history, "durability", "lost-write"), 3);
}

// The latest write of the whole cart wins, and what others put into it meanwhile is gone.
TEST(CartWorkload, CartsInOneRegisterLoseConcurrentItems) {
  for (const Nanos lag : {Nanos{0}, 30 * kMillisecond}) {
    const Model model{.lag = lag};
    const auto workload = testing::make("cart", model, kRegister, 2);
    const History history = testing::run(*workload, model);
    EXPECT_EQ(testing::verdicts(*workload, history)["durability"], "invalid: lost-write");
    EXPECT_EQ(testing::verdicts(*workload, history)["convergence"], "valid");
    EXPECT_GT(statistic(*workload, history, "durability", "lost-write"), 20);
  }
}

TEST(CartWorkload, OneClientAtATimeLosesNothing) {
  EXPECT_EQ(judged("cart", Model{.processes = 1}, kRegister)["durability"], "valid");
}

TEST(CartWorkload, SiblingsKeepEveryItem) {
  EXPECT_EQ(judged("cart", Model{.siblings = true}, kRegister)["durability"], "valid");
}

}  // namespace
}  // namespace assay::workloads
