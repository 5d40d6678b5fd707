// When windows begin, whom they may hurt, and that what was carried out can be carried out again.
#include "harness/run/nemesis_driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "harness/core/schedule.h"
#include "harness/run/testing/test_target.h"

namespace assay {
namespace {

using testing::ReadWorkload;
using testing::Service;
using testing::short_plan;
using testing::TestTarget;

constexpr Nanos kMs = kMillisecond;

// Hurts the nodes that its variant says, and draws a number.
class HurtsNodes : public Fault {
 public:
  explicit HurtsNodes(NodeChoice choice) : choice_(std::move(choice)) {}
  Injection inject(Target& target, Rng& rng) override {
    Injection injection;
    injection.nodes = choose_nodes(target, rng, choice_);
    injection.value = {{"number", static_cast<std::int64_t>(rng.below(1'000'000))}};
    return injection;
  }
  Evidence verify(Target&) override { return {true, {}}; }
  Evidence heal(Target&) override { return {true, {}}; }

 private:
  NodeChoice choice_;
};

FaultPlugin hurting(std::string_view name, std::string_view resource) {
  return {name,
          "",
          resource,
          "",
          {},
          [](Target&) -> std::optional<std::string> { return {}; },
          [](std::string_view variant) -> std::unique_ptr<Fault> {
            const auto choice = node_choice(variant);
            return choice ? std::make_unique<HurtsNodes>(*choice) : nullptr;
          },
          true};
}

int strikes_in_force = 0;

class Strikes final : public HurtsNodes {
 public:
  using HurtsNodes::HurtsNodes;
  Injection inject(Target& target, Rng& rng) override {
    ++strikes_in_force;
    return HurtsNodes::inject(target, rng);
  }
  Evidence heal(Target&) override {
    --strikes_in_force;
    return {true, {}};
  }
};

// Can't be healed while there are strikes.
class HealsLast final : public HurtsNodes {
 public:
  using HurtsNodes::HurtsNodes;
  Evidence heal(Target&) override { return {strikes_in_force == 0, {}}; }
};

template <class Kind>
std::unique_ptr<Fault> make_kind(std::string_view variant) {
  const auto choice = node_choice(variant);
  return choice ? std::make_unique<Kind>(*choice) : nullptr;
}

const FaultPlugin kStrike = hurting("strike", "process");
const FaultPlugin kFreeze = hurting("freeze", "clock");
const std::array<const FaultPlugin*, 2> kHurting = {&kStrike, &kFreeze};

struct Carried {
  std::vector<ScheduledFault> faults;
  std::vector<FaultWindow> windows;
  std::uint64_t digest = 0;
};

Carried carry_out(Plan plan, TestTarget& target) {
  ReadWorkload workload;
  HistoryRecorder recorder(target.node_names());
  RunLoop loop(plan, target, workload, resolve_schedule(plan, kHurting), recorder, {});
  Carried carried{loop.run().faults, {}, 0};
  const History history = recorder.build();
  carried.windows = history.fault_windows();
  carried.digest = history.digest();
  return carried;
}

Carried carry_out(const std::string& schedule, TestTarget& target, const std::string& budget = "none") {
  Plan plan = short_plan();
  plan.schedule = parse_schedule(schedule).value();
  plan.nemesis_budget = budget;
  return carry_out(plan, target);
}

// n1 leads for 500 ms, then nobody, from 700 ms on n2, and from 1200 ms on n3.
std::optional<NodeId> leads_in_turn(Nanos now) {
  const Nanos at = now - 77 * kSecond;
  if (at >= 500 * kMs && at < 700 * kMs) return std::nullopt;
  return static_cast<NodeId>(at < 700 * kMs ? 0 : at < 1200 * kMs ? 1 : 2);
}

TEST(NemesisDriver, BeginsAWindowForEachChangeOfTheLeader) {
  TestTarget target{Service{}};
  target.leads = leads_in_turn;
  const Carried carried = carry_out(
      "leader-changed strike-leader 100ms; leader-changed+50ms strike-leader 100ms; leader-changed strike 1s",
      target);
  ASSERT_EQ(carried.windows.size(), 2u) << "there were two changes";
  EXPECT_NEAR(carried.windows[0].begin, 700 * kMs, 101 * kMs);
  EXPECT_GE(carried.windows[0].begin, 700 * kMs);
  EXPECT_EQ(carried.windows[0].nodes, std::vector<NodeId>{1});
  EXPECT_GE(carried.windows[1].begin, 1250 * kMs);
  EXPECT_EQ(carried.windows[1].nodes, std::vector<NodeId>{2});
}

TEST(NemesisDriver, BeginsAWindowWhenASnapshotIsSentAndNotWhenANodeIsNotHeardFrom) {
  TestTarget target{Service{}};
  // A node with two of the three snapshots can't be asked for a while; the fourth is sent at 1500 ms.
  target.snapshots = [](Nanos now) -> std::int64_t {
    const Nanos at = now - 77 * kSecond;
    return at < 500 * kMs ? 3 : at < 900 * kMs ? 1 : at < 1500 * kMs ? 3 : 4;
  };
  const Carried carried = carry_out("snapshot strike-one 100ms; snapshot strike-one 100ms", target);
  ASSERT_EQ(carried.windows.size(), 1u);
  EXPECT_GE(carried.windows[0].begin, 1500 * kMs);
}

TEST(NemesisDriver, BeginsAWindowWhenALineIsLogged) {
  TestTarget target{Service{}};
  target.booms = [](Nanos now) -> std::int64_t { return now < 78 * kSecond ? 4 : 5; };
  const Carried carried = carry_out("log:boom strike-one 100ms; log:bang strike-one 100ms", target);
  ASSERT_EQ(carried.windows.size(), 1u);
  EXPECT_NEAR(carried.windows[0].begin, kSecond, 101 * kMs);
}

TEST(NemesisDriver, ASequenceGoesOnWhenTheWindowBeforeWasHealed) {
  TestTarget target{Service{}};
  const Carried carried =
      carry_out("100ms strike-one 200ms; then+50ms freeze-one 100ms; then strike-all 100ms", target);
  ASSERT_EQ(carried.windows.size(), 3u);
  EXPECT_NEAR(carried.windows[1].begin, carried.windows[0].end + 50 * kMs, kMs);
  EXPECT_NEAR(carried.windows[2].begin, carried.windows[1].end, kMs);
  EXPECT_EQ(carried.windows[1].fault, "freeze");
  EXPECT_EQ(carried.windows[2].nodes.size(), 3u);
}

// As members that can't be added while all nodes are dead.
TEST(NemesisDriver, WhatCantBeHealedAmongOthersIsHealedAfterThem) {
  FaultPlugin strike = hurting("strike", "process"), last = hurting("last", "members");
  strike.make = make_kind<Strikes>;
  last.make = make_kind<HealsLast>;
  const std::array<const FaultPlugin*, 2> faults = {&strike, &last};
  // Within the run, and at its end.
  for (const char* schedule :
       {"200ms last 200ms; 300ms strike 1s", "200ms last 1800ms; 300ms strike 1700ms"}) {
    strikes_in_force = 0;
    TestTarget target{Service{}};
    Plan plan = short_plan();
    plan.schedule = parse_schedule(schedule).value();
    ReadWorkload workload;
    HistoryRecorder recorder(target.node_names());
    RunLoop(plan, target, workload, resolve_schedule(plan, faults), recorder, {}).run();
    const std::vector<FaultWindow> windows = recorder.build().fault_windows();
    ASSERT_EQ(windows.size(), 2u);
    EXPECT_TRUE(windows[0].healed);
    EXPECT_GE(windows[0].end, windows[1].end);
  }
}

TEST(NemesisDriver, WhatCanNeverBeHealedIsTold) {
  FaultPlugin strike = hurting("strike", "process"), last = hurting("last", "members");
  last.make = make_kind<HealsLast>;
  const std::array<const FaultPlugin*, 2> faults = {&strike, &last};
  strikes_in_force = 1;
  TestTarget target{Service{}};
  Plan plan = short_plan();
  plan.schedule = parse_schedule("200ms last 200ms; 300ms strike 300ms").value();
  ReadWorkload workload;
  HistoryRecorder recorder(target.node_names());
  RunLoop(plan, target, workload, resolve_schedule(plan, faults), recorder, {}).run();
  const std::vector<FaultWindow> windows = recorder.build().fault_windows();
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_FALSE(windows[0].healed);
  EXPECT_NE(windows[0].end, kNever) << "that it was tried is on record";
  EXPECT_TRUE(windows[1].healed);
}

TEST(NemesisDriver, ABudgetLimitsWhoIsHurtAtOnce) {
  TestTarget target{Service{}};
  target.leads = [](Nanos) { return NodeId{0}; };
  const std::string schedule = "100ms strike-leader 300ms; 200ms freeze-all 500ms; 300ms strike-n1 1s";
  const Carried all = carry_out(schedule, target);
  ASSERT_EQ(all.windows.size(), 3u);
  EXPECT_EQ(all.windows[1].nodes.size(), 3u);

  TestTarget again{Service{}};
  again.leads = target.leads;
  const Carried few = carry_out(schedule, again, "minority");
  ASSERT_EQ(few.windows.size(), 3u);
  for (const FaultWindow& window : few.windows) EXPECT_EQ(window.nodes.size(), 1u);
  for (std::size_t i = 1; i < 3; ++i)
    EXPECT_GE(few.windows[i].begin + kMicrosecond, few.windows[i - 1].end)
        << "one of three nodes may be hurt at once";

  TestTarget third{Service{}};
  const Carried two = carry_out("100ms strike-n2 300ms; 200ms freeze-all 100ms", third, "2");
  ASSERT_EQ(two.windows.size(), 2u);
  EXPECT_LT(two.windows[1].begin, two.windows[0].end);
  ASSERT_EQ(two.windows[1].nodes.size(), 2u) << "the one that is hurt already, and another one";
  EXPECT_TRUE(std::count(two.windows[1].nodes.begin(), two.windows[1].nodes.end(), 1) == 1);
}

TEST(NemesisDriver, WhatWasCarriedOutGivesTheSameHistoryAgain) {
  Plan plan = short_plan();
  plan.seed = 5;
  plan.schedule =
      parse_schedule("100ms strike 200ms; leader-changed freeze-leader 300ms; then strike-one 100ms").value();
  plan.schedule[0].waits = true;
  TestTarget target{Service{}};
  target.leads = leads_in_turn;
  const Carried first = carry_out(plan, target);
  ASSERT_EQ(first.faults.size(), 3u);
  EXPECT_EQ(first.faults[1].trigger, "");
  EXPECT_EQ(first.faults[1].nodes, std::vector<std::string>{"n2"});
  ASSERT_NE(find_fact(first.faults[1].seen, "leader"), nullptr);

  plan.schedule = first.faults;
  TestTarget again{Service{}};
  again.leads = leads_in_turn;
  EXPECT_EQ(carry_out(plan, again).digest, first.digest);

  // Another leader and another seed change nothing: the faults are told what they were told before, and draw as before.
  TestTarget other{Service{}};
  other.leads = [](Nanos) { return NodeId{0}; };
  plan.seed = 6;
  const Carried elsewhere = carry_out(plan, other);
  ASSERT_EQ(elsewhere.windows.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(elsewhere.windows[i].nodes, first.windows[i].nodes);
    EXPECT_EQ(elsewhere.windows[i].value, first.windows[i].value);
  }

  for (ScheduledFault& window : plan.schedule) window.seen.clear();
  const Carried now = carry_out(plan, other);
  EXPECT_EQ(now.windows[1].nodes, std::vector<NodeId>{0}) << "the leader is who leads now";
}

// A workload that only reads at the end.
class FinalOnly final : public Workload {
 public:
  std::optional<Request> next(ProcessId, Phase phase, Rng&) override {
    EXPECT_EQ(phase, Phase::final_reads) << "a plan that lists its operations asks for no others";
    if (phase != Phase::final_reads || finals++ > 0) return std::nullopt;
    return Request{{Fn::read, 9, {}, {}}};
  }
  void observe(const Operation&) override {}
  std::vector<CheckerSpec> checkers() const override { return {}; }
  int finals = 0;
};

TEST(RunLoop, SendsTheOperationsOfAListAndNoOthers) {
  Plan plan = short_plan();
  plan.warm_up = 100 * kMs;
  plan.concurrency = 2;
  const auto write = [](Nanos at, int slot, NodeId node, std::int64_t value) {
    return ListedOperation{at, slot, node, {{Fn::write, 1, Value(value), {}}}};
  };
  // The third waits for its slot, which does not hold up the fourth; the last is due after the main phase.
  plan.operations = {write(50 * kMs, 0, 0, 1), write(300 * kMs, 1, 2, 2), write(301 * kMs, 1, 2, 3),
                     write(302 * kMs, 0, 1, 4), write(2500 * kMs, 0, 1, 5)};
  Service slow;
  slow.latency = [](Nanos) { return 20 * kMs; };
  TestTarget target(slow);
  FinalOnly workload;
  const testing::LoopRun run = testing::run_loop(plan, target, workload);
  ASSERT_EQ(run.history.size(), 6u);
  EXPECT_FALSE(run.outcome.progress_demanded);
  EXPECT_EQ(run.outcome.dropped, 0);
  const std::vector<std::int64_t> values = {1, 2, 4, 3, 5};
  const std::vector<NodeId> nodes = {0, 2, 1, 2, 1};
  for (OpId id = 0; id < 5; ++id) {
    const Operation operation = run.history.at(id);
    EXPECT_EQ(operation.mops[0].argument, Value(values[id]));
    EXPECT_EQ(operation.node, nodes[id]);
    EXPECT_EQ(operation.process % 3, nodes[id]) << "process p is a client of node p % nodes";
  }
  EXPECT_EQ(run.history.at(3).due, 301 * kMs);
  EXPECT_NEAR(run.history.at(3).invoked, 320 * kMs, kMs);
  EXPECT_NEAR(run.history.at(4).invoked, 2500 * kMs, kMs);
}

TEST(RunLoop, TheListOfWhatItSentGivesTheSameHistoryAgain) {
  // Some operations are never answered, so that processes are retired and others take their slots.
  const auto service = [] {
    Service odd;
    odd.latency = [](Nanos now) { return now / kMs % 97 == 0 ? kNever : (1 + now / kMs % 13) * kMs; };
    return odd;
  };
  Plan plan = short_plan();
  plan.concurrency = 3;
  plan.rate = 300;
  LoopHooks hooks;
  hooks.list_operations = true;
  TestTarget target(service());
  ReadWorkload workload;
  const testing::LoopRun run = testing::run_loop(plan, target, workload, hooks);
  ASSERT_EQ(run.outcome.operations.size() + 3, run.history.size());

  plan.operations = run.outcome.operations;
  TestTarget again(service());
  ReadWorkload final_reads;
  const testing::LoopRun repeated = testing::run_loop(plan, again, final_reads, hooks);
  EXPECT_EQ(repeated.outcome.operations, run.outcome.operations);
  for (OpId id = 0; id + 3 < run.history.size(); ++id) {
    EXPECT_EQ(repeated.history.at(id).invoked, run.history.at(id).invoked);
    EXPECT_EQ(repeated.history.at(id).process, run.history.at(id).process);
    EXPECT_EQ(repeated.history.at(id).completed, run.history.at(id).completed);
  }
}

}  // namespace
}  // namespace assay
