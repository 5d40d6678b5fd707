// The search against an oracle that says what is needed to fail; nothing is executed.
#include "harness/shrink/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/shrink/candidates.h"

namespace assay::shrink {
namespace {

bool has_window(const Plan& plan, const std::string& fault) {
  return std::any_of(plan.schedule.begin(), plan.schedule.end(),
                     [&](const ScheduledFault& window) { return window.fault == fault; });
}

bool has_write(const Plan& plan, std::int64_t value) {
  return std::any_of(plan.operations.begin(), plan.operations.end(), [&](const ListedOperation& operation) {
    return operation.request[0].argument == Value(value);
  });
}

// A hundred writes of their own numbers, by ten slots, through five nodes.
std::vector<ListedOperation> hundred_writes(std::int64_t keys = 5) {
  std::vector<ListedOperation> operations;
  for (int i = 0; i < 100; ++i) {
    operations.push_back(
        {i * 500 * kMillisecond, i % 10, static_cast<NodeId>(i % 5), {{Fn::write, i % keys, Value(i), {}}}});
  }
  return operations;
}

// Fails when a kill-leader and a pause are in the plan, three nodes at least, half a second of main phase, and (once they
// are listed) writes 7 and 42.
class Oracle final : public Attempts {
 public:
  std::optional<Attempt> first_failing(const std::vector<Plan>& candidates) override {
    for (const Plan& plan : candidates) {
      ++runs;
      largest_seen = std::max(largest_seen, plan.nodes);
      if (fails(plan)) return attempt(plan);
    }
    return std::nullopt;
  }
  bool over() const override { return runs >= runs_max; }

  static Attempt attempt(const Plan& plan) {
    Attempt made;
    made.plan = plan;
    made.carried_out = plan.schedule;
    made.sent = plan.operations.empty() ? hundred_writes(plan.keys) : plan.operations;
    made.operations = made.sent.size();
    made.moment = 40 * kSecond;
    return made;
  }

  int runs = 0;
  int runs_max = 1'000'000;
  int largest_seen = 0;

 private:
  static bool fails(const Plan& plan) {
    if (!has_window(plan, "kill-leader") || !has_window(plan, "pause")) return false;
    if (plan.nodes < 3 || plan.time_limit < kSecond / 2) return false;
    return plan.operations.empty() || (has_write(plan, 7) && has_write(plan, 42));
  }
};

Attempt large_run() {
  Plan plan;
  plan.time_limit = 60 * kSecond;
  for (int i = 0; i < 20; ++i) {
    plan.schedule.push_back({.at = i * 2 * kSecond,
                             .fault = i == 7    ? "kill-leader"
                                      : i == 13 ? "pause"
                                                : "partition",
                             .duration = kSecond,
                             .waits = true,
                             .draw = "0123456789abcdef",
                             .seen = {{"leader", Value::text("n1")}}});
  }
  return Oracle::attempt(plan);
}

TEST(Shrink, LeavesWhatIsNeeded) {
  Oracle oracle;
  const Plan plan = Search(large_run(), oracle, {}).run().plan;
  ASSERT_EQ(plan.schedule.size(), 2u);
  EXPECT_TRUE(has_window(plan, "kill-leader") && has_window(plan, "pause"));
  EXPECT_TRUE(plan.schedule[0].seen.empty()) << "the leader is whoever leads";
  EXPECT_EQ(plan.schedule[0].draw, "0123456789abcdef");
  ASSERT_EQ(plan.operations.size(), 2u);
  EXPECT_EQ(plan.nodes, 3);
  EXPECT_EQ(plan.concurrency, 1);
  EXPECT_EQ(plan.warm_up, 0);
  EXPECT_LE(plan.time_limit, kSecond);
  EXPECT_LE(plan.keys, 2);
  for (const ListedOperation& operation : plan.operations) {
    EXPECT_EQ(operation.slot, 0);
    EXPECT_LT(operation.node, 3);
    EXPECT_LT(operation.request[0].key, plan.keys);
  }
  EXPECT_LT(oracle.runs, 2000);
}

TEST(Shrink, KeepsTheGeneratorWhereProgressIsWhatIsMissed) {
  Oracle oracle;
  const Plan plan = Search(large_run(), oracle, {.list_operations = false}).run().plan;
  EXPECT_TRUE(plan.operations.empty());
  EXPECT_EQ(plan.schedule.size(), 2u);
  EXPECT_EQ(plan.rate, 1);
}

TEST(Shrink, StopsInTimeWithTheSmallestSoFar) {
  for (const int runs_max : {0, 1, 5, 20, 60}) {
    Oracle oracle;
    oracle.runs_max = runs_max;
    const Attempt smallest = Search(large_run(), oracle, {}).run();
    EXPECT_TRUE(has_window(smallest.plan, "kill-leader")) << runs_max;
    EXPECT_LE(smallest.plan.schedule.size(), 20u);
  }
}

TEST(Shrink, NothingGrows) {
  Plan plan = large_run().plan;
  plan.operations = hundred_writes();
  std::vector<Plan> all;
  for (const auto& plans : {shorter(plan, 20 * kSecond), sooner(plan), briefer_windows(plan),
                            fewer_nodes(plan), fewer_processes(plan), fewer_keys(plan), lower_rates(plan)}) {
    all.insert(all.end(), plans.begin(), plans.end());
  }
  EXPECT_GT(all.size(), 50u);
  const std::vector<ListedOperation> operations = hundred_writes();
  for (const Plan& candidate : all) {
    EXPECT_LE(candidate.time_limit + candidate.warm_up, plan.time_limit + plan.warm_up);
    EXPECT_GE(candidate.time_limit, 100 * kMillisecond);
    EXPECT_LE(candidate.schedule.size(), plan.schedule.size());
    EXPECT_LE(candidate.nodes, plan.nodes);
    EXPECT_LE(candidate.concurrency, plan.concurrency);
    for (const ScheduledFault& window : candidate.schedule)
      EXPECT_LE(window.at + window.duration, candidate.time_limit);
    for (const ListedOperation& operation : candidate.operations) {
      EXPECT_LT(operation.slot, candidate.concurrency);
      EXPECT_LT(operation.node, candidate.nodes);
    }
  }
}

TEST(Shrink, PiecesAndTheirComplements) {
  using Sets = std::vector<std::vector<std::size_t>>;
  EXPECT_EQ(pieces_and_complements(4, 2), (Sets{{0, 1}, {2, 3}}));
  EXPECT_EQ(pieces_and_complements(3, 3), (Sets{{0}, {1}, {2}, {1, 2}, {0, 2}, {0, 1}}));
  std::set<std::size_t> covered;
  for (const auto& piece : pieces_and_complements(11, 4)) {
    EXPECT_FALSE(piece.empty());
    covered.insert(piece.begin(), piece.end());
  }
  EXPECT_EQ(covered.size(), 11u);
}

TEST(Shrink, RoundsMoments) {
  Plan plan;
  plan.time_limit = 1234567891;
  plan.schedule = {{.at = 200000001, .fault = "kill", .duration = 1034567890}};
  plan.operations = {{123456789, 0, 0, {{Fn::read, 0, {}, {}}}}};
  const std::vector<Plan> plans = rounder(plan);
  ASSERT_EQ(plans.size(), 3u) << "whole seconds would take twice as long";
  EXPECT_EQ(plans[0].operations[0].at, kSecond / 10);
  EXPECT_EQ(plans[0].schedule[0].at, kSecond / 5);
  EXPECT_EQ(plans[0].time_limit, 1300 * kMillisecond);
  EXPECT_EQ(plans[2].operations[0].at, 123 * kMillisecond);
}

}  // namespace
}  // namespace assay::shrink
