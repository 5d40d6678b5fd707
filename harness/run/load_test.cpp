// How load is offered and what is measured of it: open and closed loops, stalls, steps.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/run/measure.h"
#include "harness/run/testing/test_target.h"

namespace assay {
namespace {

using testing::LoopRun;
using testing::ReadWorkload;
using testing::Service;
using testing::TestTarget;

constexpr Nanos kStart = 77 * kSecond;  // of the test's world

Plan twenty_seconds(Pace pace) {
  Plan plan = testing::short_plan();
  plan.concurrency = 10;
  plan.pace = pace;
  plan.time_limit = 20 * kSecond;
  return plan;
}

// Stopped for one second, five seconds into the main phase, as by SIGSTOP; otherwise a tenth of a millisecond.
Service stopped_for_a_second() {
  Service service;
  service.latency = [](Nanos now) {
    const Nanos begin = kStart + 5 * kSecond, end = begin + kSecond;
    return now >= begin && now < end ? end - now : kMillisecond / 10;
  };
  return service;
}

// Of 20 s, one is stopped: the worst hundredth of the operations was due in its first 0.2 s and waited at least 0.8 s. What is
// measured from when an operation was sent sees ten slow ones of twenty thousand.
TEST(Load, AStallShowsInResponseTimesAndNotInServiceTimes) {
  for (const Pace pace : {Pace::constant, Pace::poisson}) {
    TestTarget target(stopped_for_a_second());
    ReadWorkload workload;
    const LoopRun run = testing::run_loop(twenty_seconds(pace), target, workload);
    const OperationSummary all = summarize_all(summarize_operations(run.history));
    EXPECT_NEAR(static_cast<double>(all.response.p99), 0.8e9, 0.04e9) << pace_name(pace);
    EXPECT_LT(all.service.p99, kMillisecond) << pace_name(pace);
    EXPECT_NEAR(static_cast<double>(all.service.max), 1e9, 0.01e9);
    EXPECT_NEAR(static_cast<double>(all.counts.ok), 20'000, pace == Pace::constant ? 1 : 500);
    EXPECT_EQ(run.outcome.dropped, 0);
  }
}

TEST(Load, AClosedLoopHidesTheStall) {
  TestTarget target(stopped_for_a_second());
  ReadWorkload workload;
  const LoopRun run = testing::run_loop(twenty_seconds(Pace::closed_loop), target, workload);
  const OperationSummary all = summarize_all(summarize_operations(run.history));
  EXPECT_LT(all.response.p999, kMillisecond);
  EXPECT_EQ(all.lag.max, 0);
}

// What could not be sent before the end is counted, and whatever was sent late is late.
TEST(Load, WhatIsNeverSentIsDroppedAndNothingIsSkipped) {
  Service service;
  service.latency = [](Nanos) { return 10 * kMillisecond; };
  TestTarget target(service);
  ReadWorkload workload;
  const Plan plan =
      testing::short_plan();  // 1,000 a second for 2 s, of which 4 processes can do 400 a second
  const LoopRun run = testing::run_loop(plan, target, workload);
  std::int64_t sent = 0;
  Nanos last_due = -1;
  for (const Operation op : run.history.operations()) {
    if (op.due >= plan.time_limit) continue;
    EXPECT_GT(op.due, last_due);
    EXPECT_LE(op.due - last_due, kMillisecond + 1) << "one was skipped";
    last_due = op.due;
    ++sent;
  }
  EXPECT_NEAR(static_cast<double>(sent + run.outcome.dropped), 2000, 1);  // one is due as the phase ends
  EXPECT_NEAR(static_cast<double>(sent), 800, 20);
}

TEST(Load, TheScheduleDoesNotDependOnTheDatabase) {
  std::vector<std::vector<Nanos>> schedules;
  for (const Nanos latency : {kMillisecond / 10, 3 * kMillisecond}) {
    Service service;
    service.latency = [latency](Nanos) { return latency; };
    TestTarget target(service);
    ReadWorkload workload;
    Plan plan = testing::short_plan();
    plan.pace = Pace::poisson;
    const LoopRun run = testing::run_loop(plan, target, workload);
    std::vector<Nanos> due;
    for (const Operation op : run.history.operations()) {
      if (op.due < plan.time_limit) due.push_back(op.due);
    }
    schedules.push_back(std::move(due));
  }
  EXPECT_EQ(schedules[0], schedules[1]);
}

TEST(Load, ARateThatDoesNotDivideASecondIsKept) {
  Arrivals arrivals(Pace::constant, 300'007, 0, Rng(1));
  std::int64_t count = 0;
  for (; arrivals.due() < 10 * kSecond; arrivals.advance()) ++count;
  EXPECT_EQ(count, 3'000'070);
}

TEST(Load, ProcessesThinkInAClosedLoop) {
  TestTarget target{Service{}};
  ReadWorkload workload;
  Plan plan = testing::short_plan();
  plan.pace = Pace::closed_loop;
  plan.think_time = 9 * kMillisecond;
  const LoopRun run = testing::run_loop(plan, target, workload);
  const LoadSummary load = summarize_load(run.history, plan.pace, run.outcome.dropped);
  EXPECT_NEAR(load.ok_per_second, 400, 10);  // 4 processes, each once in 10 ms
  EXPECT_FALSE(load.open_loop());
}

// Four processes of one millisecond each do 4,000 a second.
TEST(Load, ASweepFindsTheKneeAndWhatIsNotSustained) {
  TestTarget target{Service{}};
  ReadWorkload workload;
  Plan plan = testing::short_plan();
  plan.pace = Pace::poisson;
  plan.time_limit = 7 * kSecond;
  plan.rate_sweep = "500,1000,2000,3000,5000,6000,7000";
  const LoopRun run = testing::run_loop(plan, target, workload);
  const Sweep sweep = measure_sweep(run.history);
  ASSERT_EQ(sweep.steps.size(), 7u);
  for (std::size_t i = 0; i < sweep.steps.size(); ++i) {
    const SweepStep& step = sweep.steps[i];
    EXPECT_EQ(step.sustained, step.rate < 4000) << step.rate;
    EXPECT_EQ(step.dropped > 0, step.rate > 4000) << step.rate;
    EXPECT_NEAR(step.ok_per_second, std::min<double>(static_cast<double>(step.rate), 4000), 150) << step.rate;
    if (i > 0 && step.rate < 4000) {
      EXPECT_GE(step.response.mean, sweep.steps[i - 1].response.mean);
    }
  }
  ASSERT_TRUE(sweep.knee);
  EXPECT_GE(sweep.steps[*sweep.knee].rate, 2000);
  EXPECT_LE(sweep.steps[*sweep.knee].rate, 3000);
}

}  // namespace
}  // namespace assay
