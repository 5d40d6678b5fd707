// The operator of a simulated refdb: what orders do shows in what the nodes say.
#include "targets/refdb/simulated/sim_administration.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "targets/refdb/simulated/make_simulated.h"
#include "targets/refdb/simulated/sim_target.h"

namespace assay::refdb {
namespace {

std::unique_ptr<Target> started(const std::string& mode) {
  Plan plan;
  plan.mode = mode;
  plan.nodes = 3;
  auto target = make_simulated(plan);
  target->start();
  return target;
}

bool all_name(const NodeViews& views, NodeId leader) {
  return std::all_of(views.begin(), views.end(), [&](const NodeView& view) { return view.leader == leader; });
}

TEST(SimAdministration, OrdersShowInWhatTheNodesSay) {
  const auto target = started("raft");
  Administration& operators = *target->administration();
  EXPECT_EQ(operators.lack(AdminMeans::membership), std::nullopt);
  const NodeId first = target->leader().value();
  EXPECT_TRUE(all_name(
      operators.await([&](const NodeViews& views) { return all_name(views, first); }, kSecond), first));
  const auto next = static_cast<NodeId>((first + 1) % 3);
  EXPECT_EQ(operators.transfer(next), "");
  const Nanos began = target->world().now();
  const auto transferred = [&](const NodeViews& views) { return all_name(views, next); };
  EXPECT_TRUE(transferred(operators.await(transferred, kSecond)));
  EXPECT_LT(target->world().now() - began, kSecond) << "it does not wait longer than it must";
  std::vector<NodeId> members = {0, 1, 2};
  std::erase(members, first);
  const auto removed = [&](const NodeViews& views) {
    return views[static_cast<std::size_t>(first)].members == members;
  };
  operators.await([&](const NodeViews&) { return operators.set_member(first, false).empty(); }, kSecond);
  EXPECT_TRUE(removed(operators.await(removed, kSecond)));
}

TEST(SimAdministration, ANodeTellsTheVersionThatItRuns) {
  const auto target = started("raft");
  Administration& operators = *target->administration();
  const std::string older = operators.views()[1].version;
  const std::string newer = operators.set_build(1, true);
  EXPECT_NE(older, newer);
  EXPECT_EQ(operators.views()[1].version, older) << "until it is restarted";
  target->processes()->kill(1);
  EXPECT_FALSE(operators.views()[1].answered);
  target->processes()->start(1);
  EXPECT_EQ(operators.views()[1].version, newer);
  EXPECT_EQ(operators.views()[0].version, older);
  target->processes()->pause(1);
  EXPECT_FALSE(operators.views()[1].answered);
}

TEST(SimAdministration, OtherModesTakeNoOrders) {
  const auto target = started("leaderless");
  EXPECT_EQ(target->administration()->lack(AdminMeans::transfer),
            "refdb in mode leaderless takes no orders of an operator");
  EXPECT_TRUE(target->administration()->views()[0].answered);
}

}  // namespace
}  // namespace assay::refdb
