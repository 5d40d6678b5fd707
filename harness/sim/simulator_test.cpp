#include "harness/sim/simulator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/sim/sim_world.h"

namespace assay::sim {
namespace {

TEST(InlineTask, DestroysWhatItCapturedExactlyOnce) {
  auto witness = std::make_shared<int>(0);
  {
    InlineTask task([witness] { ++*witness; });
    InlineTask moved(std::move(task));
    EXPECT_FALSE(static_cast<bool>(task));
    moved.run();
    moved.run();
    InlineTask replaced([] {});
    replaced = std::move(moved);
    EXPECT_EQ(witness.use_count(), 2);
  }
  EXPECT_EQ(*witness, 2);
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Simulator, RunsEventsInOrderOfTimeThenOfMaking) {
  Simulator simulator;
  std::vector<int> order;
  simulator.at(20, [&] { order.push_back(3); });
  simulator.at(10, [&] { order.push_back(1); });
  simulator.at(10, [&] { order.push_back(2); });
  simulator.at(20, [&] { order.push_back(4); });
  simulator.run_until(15);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_EQ(simulator.now(), 15);
  simulator.run_until(20);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
}

TEST(Simulator, AnEventInThePastRunsNow) {
  Simulator simulator;
  simulator.run_until(100);
  Nanos ran_at = 0;
  simulator.at(5, [&] { ran_at = simulator.now(); });
  EXPECT_TRUE(simulator.step());
  EXPECT_EQ(ran_at, 100);
}

TEST(Simulator, CancelledEventsNeverRunAndStaleHandlesAreHarmless) {
  Simulator simulator;
  int ran = 0;
  Simulator::Timer first = simulator.at(10, [&] { ++ran; });
  Simulator::Timer second = simulator.at(20, [&] { ++ran; });
  const Simulator::Timer copy = first;
  EXPECT_TRUE(simulator.cancel(first));
  EXPECT_FALSE(simulator.cancel(first));
  // The slot is used again: the old handle must not reach the new event.
  simulator.at(12, [&] { ++ran; });
  Simulator::Timer stale = copy;
  EXPECT_FALSE(simulator.cancel(stale));
  simulator.run_until(100);
  EXPECT_EQ(ran, 2);
  EXPECT_FALSE(simulator.cancel(second));
}

TEST(Simulator, AgreesWithASortedListUnderRandomUse) {
  Rng rng(5);
  Simulator simulator;
  std::vector<std::pair<Nanos, int>> expected;
  std::vector<int> ran;
  std::vector<std::pair<int, Simulator::Timer>> timers;
  std::vector<bool> cancelled(20'000, false);
  for (int i = 0; i < 20'000; ++i) {
    const Nanos time = rng.between(0, 3'000);
    expected.emplace_back(time, i);
    timers.emplace_back(i, simulator.at(time, [&ran, i] { ran.push_back(i); }));
    if (rng.chance(2, 3)) {
      auto& [victim, timer] = timers[rng.below(timers.size())];
      if (simulator.cancel(timer)) cancelled[static_cast<std::size_t>(victim)] = true;
    }
  }
  std::erase_if(expected,
                [&](const auto& event) { return cancelled[static_cast<std::size_t>(event.second)]; });
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  EXPECT_EQ(simulator.pending(), expected.size());
  simulator.run_until(5'000);
  ASSERT_EQ(ran.size(), expected.size());
  for (std::size_t i = 0; i < ran.size(); ++i) ASSERT_EQ(ran[i], expected[i].second);
  EXPECT_EQ(simulator.pending(), 0u);
}

// The digest of a little random simulation; one bit changes when `perturb` is set.
std::uint64_t digest_of(std::uint64_t seed, bool perturb) {
  Rng rng(seed);
  Simulator simulator;
  struct Chain {
    Simulator& simulator;
    Rng& rng;
    void go(int left) {
      if (left == 0) return;
      simulator.after(rng.between(0, 1'000), [this, left] { go(left - 1); });
    }
  } chain{simulator, rng};
  for (int i = 0; i < 50; ++i) chain.go(40);
  simulator.run_until(10'000);
  simulator.note(perturb ? "abcdefghi" : "abcdefghj");
  simulator.run_until(100'000);
  return simulator.digest();
}

TEST(Simulator, DigestTellsRunsApart) {
  EXPECT_EQ(digest_of(1, false), digest_of(1, false));
  EXPECT_NE(digest_of(1, false), digest_of(2, false));
  EXPECT_NE(digest_of(1, false), digest_of(1, true));
}

// The same on every compiler and platform.
TEST(Simulator, DigestIsStable) { EXPECT_EQ(digest_of(1, false), 9249087446697270809u); }

TEST(SimWorld, WaitReturnsAfterATaskOrAtTheDeadline) {
  SimWorld world;
  int ran = 0;
  world.simulator().at(50, [&] { world.post([&] { ++ran; }); });
  world.wait(20);
  EXPECT_EQ(world.now(), 20);
  EXPECT_EQ(ran, 0);
  world.wait(100);
  EXPECT_EQ(world.now(), 50);
  EXPECT_EQ(ran, 1);
  world.wait(100);
  EXPECT_EQ(world.now(), 100);
  world.wait(10);  // in the past: only what is ready
  EXPECT_EQ(world.now(), 100);
}

TEST(SimWorld, TasksPostedByATaskRunInTheNextWait) {
  SimWorld world;
  std::vector<int> order;
  world.post([&] {
    order.push_back(1);
    world.post([&] { order.push_back(2); });
  });
  world.wait(0);
  EXPECT_EQ(order, (std::vector<int>{1}));
  world.wait(0);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(SimWorld, BlockingWorkRunsAtOnceWhileTheClusterGoesOn) {
  SimWorld world;
  std::vector<std::string> order;
  world.simulator().at(10, [&] {
    order.push_back("event");
    world.post([&] { order.push_back("completion"); });
  });
  world.run_blocking(
      [&] {
        world.run_for(30);
        order.push_back("work");
      },
      [&] { order.push_back("done"); });
  EXPECT_EQ(order, (std::vector<std::string>{"event", "work"}));
  world.wait(1'000);
  EXPECT_EQ(order, (std::vector<std::string>{"event", "work", "completion", "done"}));
  EXPECT_EQ(world.now(), 30);
}

TEST(SimWorld, WorkThatLetsTimePassStopsNobody) {
  SimWorld world;
  std::vector<std::string> order;
  world.simulator().at(10, [&] { world.post([&] { order.push_back("completion"); }); });
  world.run_blocking(
      [&] {
        world.let_pass(20);
        order.push_back("work");
        world.let_pass(5);
        world.run_for(5);
      },
      [&] { order.push_back("done"); });
  EXPECT_TRUE(order.empty());
  for (int i = 0; i < 10 && order.size() < 3; ++i) world.wait(1'000);
  EXPECT_EQ(order, (std::vector<std::string>{"completion", "work", "done"}));
  EXPECT_EQ(world.now(), 30);
}

TEST(SimWorld, WorkThatNobodyGoesOnWithIsEnded) {
  bool unwound = false;
  {
    SimWorld world;
    world.run_blocking(
        [&] {
          try {
            world.let_pass(1'000);
          } catch (const HarnessError&) {
            unwound = true;
          }
        },
        [] {});
  }
  EXPECT_TRUE(unwound);
}

TEST(SimWorld, WaitingForNothingIsAnError) {
  SimWorld world;
  EXPECT_THROW(world.wait(kNever), HarnessError);
}

}  // namespace
}  // namespace assay::sim
