#include "harness/run/measure.h"

#include <gtest/gtest.h>

#include "harness/run/replication.h"
#include "harness/run/vacuity.h"

namespace assay {
namespace {

class MeasureTest : public ::testing::Test {
 protected:
  void add(Fn fn, Nanos due, Nanos invoked, Nanos completed, Outcome outcome = Outcome::ok) {
    const Mop mop{fn, 0, fn == Fn::read ? Value() : Value(1), Value()};
    Operation operation;
    operation.process = process_++;
    operation.due = due;
    operation.invoked = invoked;
    operation.completed = outcome == Outcome::info ? kNever : completed;
    operation.outcome = outcome;
    operation.mops = {&mop, 1};
    builder_.add(operation);
  }
  void mark(const char* phase, Nanos time) {
    FaultEvent event;
    event.fault = "phase";
    event.time = event.began = time;
    event.value = {{"name", Value::text(phase)}};
    builder_.add_fault(event);
  }
  void window(const char* fault, Nanos begin, Nanos end, bool verified = true) {
    FaultEvent event;
    event.fault = fault;
    event.window = ++windows_;
    event.stage = FaultEvent::Stage::start;
    event.time = event.began = begin;
    event.verified = verified;
    builder_.add_fault(event);
    if (end == kNever) return;
    event.stage = FaultEvent::Stage::stop;
    event.time = event.began = end;
    event.verified = true;
    builder_.add_fault(event);
  }

  HistoryBuilder builder_;
  ProcessId process_ = 0;
  std::uint32_t windows_ = 0;
};

TEST(Latency, PercentilesAreLeftOutWhenTooFewSamplesLieAbove) {
  Histogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.record(i);
  const LatencySummary summary = summarize_latency(histogram);
  EXPECT_EQ(summary.count, 1000);
  EXPECT_EQ(summary.p50, 500);
  EXPECT_EQ(summary.p90, 900);
  EXPECT_EQ(summary.p99, 990);
  EXPECT_EQ(summary.p999, -1);  // a single sample lies above
  EXPECT_EQ(summary.min, 1);
  EXPECT_EQ(summary.max, 1000);
  EXPECT_EQ(summarize_latency(Histogram()).max, -1);
}

TEST_F(MeasureTest, OnlyTheMainPhaseCountsAndResponseTimeIsFromDue) {
  add(Fn::read, 1, 2, 3);
  mark("main", 10);
  add(Fn::read, 11, 20, 25);
  add(Fn::write, 30, 30, 34, Outcome::fail);
  mark("recovery", 40);
  add(Fn::read, 50, 50, 55);
  const auto summaries = summarize_operations(builder_.build());
  ASSERT_EQ(summaries.size(), 2u);
  EXPECT_EQ(summaries[0].kind, "read");
  EXPECT_EQ(summaries[0].counts.ok, 1);
  EXPECT_EQ(summaries[0].response.max, 14);
  EXPECT_EQ(summaries[0].service.max, 5);
  EXPECT_EQ(summaries[1].counts.fail, 1);
  EXPECT_EQ(summaries[1].response.count, 0);
}

TEST_F(MeasureTest, WhatIsInvokedInTheMainPhaseIsOfIt) {
  add(Fn::read, 9, 9, 15);
  mark("main", 10);
  add(Fn::read, 10, 10, 16);
  add(Fn::read, 39, 39, 50);
  mark("recovery", 40);
  add(Fn::read, 40, 40, 45);
  const auto summaries = summarize_operations(builder_.build());
  ASSERT_EQ(summaries.size(), 1u);
  EXPECT_EQ(summaries[0].counts.ok, 2);
  EXPECT_EQ(summaries[0].response.max, 11);
}

TEST_F(MeasureTest, RatesHaveNoGaps) {
  add(Fn::read, 0, 0, kSecond / 2);
  add(Fn::read, 0, kSecond, 3 * kSecond + 1);
  const auto points = rate_by_second(builder_.build());
  ASSERT_EQ(points.size(), 4u);
  EXPECT_EQ(points[0].completed.ok, 1);
  EXPECT_EQ(points[1].completed.total(), 0);
  EXPECT_EQ(points[3].completed.ok, 1);
}

TEST_F(MeasureTest, FaultWindowsTellGapsAndRecovery) {
  add(Fn::read, 0, 0, 5);
  add(Fn::read, 12, 12, 14);
  add(Fn::read, 15, 15, 0, Outcome::info);
  add(Fn::read, 16, 16, 37);
  window("kill", 10, 30);
  window("pause", 50, 60);
  const auto windows = summarize_fault_windows(builder_.build());
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[0].due_during.ok, 2);
  EXPECT_EQ(windows[0].due_during.info, 1);
  EXPECT_EQ(windows[0].sent_during, windows[0].due_during);
  EXPECT_EQ(windows[0].longest_gap, 16);
  EXPECT_EQ(windows[0].time_to_recover, 7);
  EXPECT_FALSE(windows[0].vacuous);
  EXPECT_TRUE(windows[1].vacuous);
  EXPECT_EQ(windows[1].time_to_recover, kNever);
}

TEST_F(MeasureTest, WhatWasDueInAWindowIsNotWhatWasSentInIt) {
  add(Fn::read, 5, 12, 14);                    // sent in it only
  add(Fn::read, 6, 13, 15);                    // the same
  add(Fn::write, 13, 20, 0, Outcome::info);    // both
  add(Fn::read, 12, 35, 40);                   // due in it only
  add(Fn::write, 40, 70, 0, Outcome::info);    // neither
  add(Fn::write, 110, 110, 0, Outcome::info);  // in one that is never healed, after the last answer
  window("kill", 10, 30);
  window("pause", 100, kNever);
  const auto windows = summarize_fault_windows(builder_.build());
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[0].due_during, (OutcomeCounts{.ok = 1, .fail = 0, .info = 1}));
  EXPECT_EQ(windows[0].sent_during, (OutcomeCounts{.ok = 2, .fail = 0, .info = 1}));
  EXPECT_EQ(windows[0].response_during.max, 28) << "of what was due in it";
  EXPECT_EQ(windows[1].due_during, (OutcomeCounts{.ok = 0, .fail = 0, .info = 1}));
  EXPECT_EQ(windows[1].sent_during, windows[1].due_during);
  EXPECT_FALSE(windows[1].vacuous);
}

// A sweep of three steps of a second: throughput still grows in the last one, but far less than the delay.
TEST_F(MeasureTest, TheKneeIsWhereMoreLoadCostsMoreDelayThanItBrings) {
  const auto step = [&](Nanos begin, std::int64_t rate, Nanos latency, std::int64_t dropped) {
    for (std::int64_t i = 0; i < rate; ++i) {
      const Nanos due = begin + i * kSecond / rate;
      add(Fn::read, due, due, due + latency);
    }
    FaultEvent mark;
    mark.fault = "phase";
    mark.time = mark.began = begin + kSecond;
    mark.value = {{"name", Value::text(kStepMark)}, {"rate", rate}, {"begin", begin}, {"dropped", dropped}};
    builder_.add_fault(mark);
  };
  step(0, 100, kMillisecond, 0);
  step(kSecond, 200, 3 * kMillisecond / 2, 0);
  step(2 * kSecond, 300, 4 * kMillisecond, 0);
  step(3 * kSecond, 400, kMillisecond, 8);
  const Sweep sweep = measure_sweep(builder_.build());
  ASSERT_EQ(sweep.steps.size(), 4u);
  EXPECT_TRUE(sweep.steps[2].sustained);
  EXPECT_FALSE(sweep.steps[3].sustained) << "two of a hundred were never sent";
  EXPECT_EQ(sweep.knee, 1u);
}

TEST_F(MeasureTest, AWindowIsVacuousUnlessItWasProvedAndSomethingWasTried) {
  add(Fn::read, 12, 12, 14, Outcome::fail);
  add(Fn::read, 52, 52, 54);
  window("kill", 10, 30);
  window("kill", 50, 60, false);
  const auto windows = summarize_fault_windows(builder_.build());
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_FALSE(windows[0].vacuous);
  EXPECT_TRUE(windows[1].vacuous);
}

TEST_F(MeasureTest, AnOperationBelongsToThePhaseInWhichItWasDue) {
  add(Fn::read, 9, 15, 16);
  add(Fn::read, 30, 55, 58);
  mark("main", 10);
  mark("recovery", 50);
  const History history = builder_.build();
  const auto summaries = summarize_operations(history);
  ASSERT_EQ(summaries.size(), 1u);
  EXPECT_EQ(summaries[0].counts.ok, 1);
  EXPECT_EQ(summaries[0].response.max, 28);
  EXPECT_EQ(summaries[0].lag.max, 25);
  const LoadSummary load = summarize_load(history, Pace::constant, 3);
  EXPECT_EQ(load.due, 4);
  EXPECT_EQ(load.dropped, 3);
  EXPECT_EQ(load.late, 0);
  EXPECT_DOUBLE_EQ(load.ok_per_second, 1e9 / 40);  // the one that completed in it
  EXPECT_DOUBLE_EQ(load.intended_per_second, 4e9 / 40);
}

TEST_F(MeasureTest, WhatIsSentLaterThanAMillisecondAfterItWasDueIsLate) {
  mark("main", 0);
  add(Fn::read, 10, 10 + kMillisecond, 20 + kMillisecond);
  add(Fn::read, 20, 21 + kMillisecond, 30 + kMillisecond);
  add(Fn::read, 30, 30 + kSecond, 40 + kSecond, Outcome::info);
  const LoadSummary load = summarize_load(builder_.build(), Pace::constant, 0);
  EXPECT_EQ(load.late, 2);
  EXPECT_EQ(load.due, 3);
}

TEST_F(MeasureTest, CellsAddUpToTheWholeRun) {
  for (int i = 0; i < 500; ++i) {
    const Nanos due = i * 10 * kMillisecond;
    add(i % 3 == 0 ? Fn::write : Fn::read, due, due + i, due + i + 1000 * (i % 17),
        i % 11 == 0 ? Outcome::info : Outcome::ok);
  }
  mark("main", kSecond + kSecond / 2);
  const History history = builder_.build();
  std::vector<std::string> kinds;
  LatencyHistograms sum;
  for (const LatencyCell& cell : latency_cells(history, kinds)) {
    if (!cell.main) continue;
    EXPECT_EQ(cell.outcome == Outcome::info, cell.response.count() == 0);
    cell.response.add_to(sum.response);
    cell.service.add_to(sum.service);
    cell.lag.add_to(sum.lag);
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"read", "write"}));
  const OperationSummary all = summarize_all(summarize_operations(history));
  EXPECT_TRUE(sum.response == all.histograms.response);
  EXPECT_TRUE(sum.service == all.histograms.service);
  EXPECT_TRUE(sum.lag == all.histograms.lag);
  EXPECT_EQ(all.counts.total(), 350);
}

TEST_F(MeasureTest, WhatIsInFlightAndWhatWaits) {
  add(Fn::read, 0, 0, kSecond / 2);
  add(Fn::read, 0, kSecond / 4, 3 * kSecond / 2);
  add(Fn::read, kSecond / 8, kSecond / 2, 0, Outcome::info);
  add(Fn::read, 3 * kSecond, 3 * kSecond, 3 * kSecond + 1);
  const auto points = rate_by_second(builder_.build(), kSecond);
  ASSERT_EQ(points.size(), 4u);
  EXPECT_EQ(points[0].in_flight_max, 2);
  EXPECT_DOUBLE_EQ(points[0].in_flight_mean, 0.5 + 0.75 + 0.5);
  EXPECT_DOUBLE_EQ(points[1].in_flight_mean, 0.5 + 0.5);
  EXPECT_EQ(points[2].in_flight_max, 0);
  EXPECT_EQ(points[0].waiting_max, 2);
  EXPECT_EQ(points[0].lag_max, 3 * kSecond / 8);
  EXPECT_EQ(points[0].due, 3);
}

TEST_F(MeasureTest, FaultWindowsTellRatesAndOutages) {
  // 100 a second, none between 5 s and 7 s, and then 50 a second until 9 s.
  for (int i = 0; i < 1200; ++i) {
    const Nanos at = i * 10 * kMillisecond;
    if (at >= 5 * kSecond && at < 7 * kSecond) continue;
    if (at >= 7 * kSecond && at < 9 * kSecond && i % 2 == 1) continue;
    add(Fn::read, at, at, at + kMillisecond);
  }
  window("kill", 5 * kSecond, 6 * kSecond);
  const auto windows = summarize_fault_windows(builder_.build());
  ASSERT_EQ(windows.size(), 1u);
  EXPECT_DOUBLE_EQ(windows[0].ok_per_second_before, 100);
  EXPECT_DOUBLE_EQ(windows[0].ok_per_second_during, 0);
  EXPECT_EQ(windows[0].time_to_recover, kSecond + kMillisecond);
  EXPECT_EQ(windows[0].time_to_first_success, 2 * kSecond + kMillisecond);
  EXPECT_EQ(windows[0].unavailable, 2 * kSecond + kMillisecond);
  // The first second with 90 of 100 begins 0.2 s before 9 s.
  EXPECT_NEAR(static_cast<double>(windows[0].time_to_full_rate), 2.8e9, 3e7);
  EXPECT_EQ(windows[0].due_during.total(), 0);
  EXPECT_EQ(windows[0].after.ok, 0);
}

std::vector<RatePoint> steady(std::size_t seconds) {
  std::vector<RatePoint> points(seconds);
  for (std::size_t i = 0; i < seconds; ++i) {
    points[i].second = static_cast<std::int64_t>(i);
    points[i].completed.ok = 1000 + static_cast<std::int64_t>(i * 37 % 11);
    points[i].p50 = 500 + static_cast<Nanos>(i * 53 % 13);
  }
  return points;
}

TEST(Stationarity, ATrendIsNamedAndNoiseIsNot) {
  std::vector<RatePoint> points = steady(30);
  EXPECT_TRUE(judge_stationarity(points, {}).stationary);
  for (std::size_t i = 0; i < points.size(); ++i) points[i].p50 += 10 * static_cast<Nanos>(i);
  const Stationarity slower = judge_stationarity(points, {});
  EXPECT_TRUE(slower.checked);
  EXPECT_FALSE(slower.stationary);
  EXPECT_NEAR(slower.latency_change, 0.42, 0.03);
  EXPECT_EQ(slower.reason, "median response time rose by 43 % over the main phase");
}

TEST(Stationarity, SecondsOfFaultsAreLeftOut) {
  std::vector<RatePoint> points = steady(30);
  for (std::size_t i = 20; i < 30; ++i) points[i].completed.ok = 10 * static_cast<std::int64_t>(30 - i);
  EXPECT_FALSE(judge_stationarity(points, {}).stationary);
  FaultWindowSummary fault;
  fault.window.begin = 20 * kSecond;
  fault.window.end = 29 * kSecond;
  EXPECT_TRUE(judge_stationarity(points, {fault}).stationary);
  fault.window.begin = 7 * kSecond;
  const Stationarity shorter = judge_stationarity(points, {fault});
  EXPECT_FALSE(shorter.checked);
  EXPECT_EQ(shorter.reason, "too short to tell: 6 whole seconds without faults, 8 are wanted");
  fault.window.end = 27 * kSecond;
  EXPECT_EQ(judge_stationarity(points, {fault}).reason,
            "too short to tell: 7 whole seconds without faults, 8 are wanted")
      << "the second after a fault still feels it";
}

TEST_F(MeasureTest, VacuityNamesEachReason) {
  add(Fn::read, 0, 0, 5, Outcome::fail);
  add(Fn::write, 6, 6, 7);
  window("kill", 10, 30, false);
  const History history = builder_.build();
  const Vacuity vacuity = judge_vacuity(history, summarize_fault_windows(history), {"kill", "clock"});
  EXPECT_TRUE(vacuity.vacuous);
  EXPECT_EQ(vacuity.reasons, (std::vector<std::string>{"none of 1 read operations succeeded",
                                                       "no two operations were concurrent",
                                                       "fault clock was asked for but never injected",
                                                       "fault kill was never proved to have taken effect"}));
  EXPECT_EQ(judge_vacuity(history, summarize_fault_windows(history), {"disk", "clock", "disk", "wan"})
                .reasons.back(),
            "faults disk, clock and wan were asked for but never injected")
      << "one sentence for one fate, and each fault once";
}

TEST_F(MeasureTest, WhatTouchesIsConcurrentAndAQuietWindowIsNamed) {
  add(Fn::read, 0, 0, 5);
  add(Fn::write, 5, 5, 7);
  const auto reasons = [&](std::vector<std::string> faults) {
    const History history = builder_.build();
    return judge_vacuity(history, summarize_fault_windows(history), faults).reasons;
  };
  EXPECT_EQ(reasons({}), std::vector<std::string>());
  add(Fn::read, 0, 0, 5);
  add(Fn::write, 5, 5, 7);
  window("kill", 10, 30);
  EXPECT_EQ(reasons({"kill"}),
            std::vector<std::string>{"no operation was due or sent while fault kill was in force"});
}

TEST(Replication, IsWhatTargetsAndJudgesTell) {
  CheckResult convergence;
  convergence.statistics = {{"converged_after_healing_nanoseconds", 700}};
  const ReplicationSummary told = summarize_replication({{"elections_won", 3}}, {convergence});
  EXPECT_EQ(told.leader_changes, 2);
  EXPECT_EQ(told.convergence_time, 700);
  EXPECT_EQ(told.lag_max, std::nullopt);
  EXPECT_EQ(summarize_replication({{"failovers", 4}, {"elections_won", 9}}, {}).leader_changes, 4);
  EXPECT_EQ(summarize_replication({}, {}).leader_changes, std::nullopt);
}

TEST_F(MeasureTest, AnEmptyHistoryIsVacuous) {
  EXPECT_EQ(judge_vacuity(builder_.build(), {}, {}).reasons,
            (std::vector<std::string>{"no operation was invoked"}));
}

}  // namespace
}  // namespace assay
