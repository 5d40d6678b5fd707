#include "harness/run/measure.h"

#include <gtest/gtest.h>

#include "harness/run/vacuity.h"

namespace assay {
namespace {

class MeasureTest : public testing::Test {
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
    event.stage = FaultEvent::Stage::stop;
    event.time = event.began = end;
    event.verified = true;
    builder_.add_fault(event);
  }

  HistoryBuilder builder_;
  ProcessId process_ = 0;
  std::uint32_t windows_ = 0;
};

TEST(Latency, PercentilesAreExactAndLeftOutWhenTooFew) {
  std::vector<Nanos> samples;
  for (int i = 1000; i >= 1; --i) samples.push_back(i);
  const LatencySummary summary = summarize_latency(samples);
  EXPECT_EQ(summary.count, 1000);
  EXPECT_EQ(summary.p50, 501);
  EXPECT_EQ(summary.p90, 900);
  EXPECT_EQ(summary.p99, 990);
  EXPECT_EQ(summary.p999, -1);  // a single sample lies above
  EXPECT_EQ(summary.max, 1000);
  samples.pop_back();
  EXPECT_EQ(summarize_latency(samples).p99, -1);  // nine lie above
  std::vector<Nanos> none;
  EXPECT_EQ(summarize_latency(none).max, -1);
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
  EXPECT_EQ(windows[0].during.ok, 2);
  EXPECT_EQ(windows[0].during.info, 1);
  EXPECT_EQ(windows[0].longest_gap, 16);
  EXPECT_EQ(windows[0].time_to_recover, 7);
  EXPECT_FALSE(windows[0].vacuous);
  EXPECT_TRUE(windows[1].vacuous);
  EXPECT_EQ(windows[1].time_to_recover, kNever);
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

TEST_F(MeasureTest, VacuityNamesEachReason) {
  add(Fn::read, 0, 0, 5, Outcome::fail);
  add(Fn::write, 6, 6, 7);
  window("kill", 10, 30, false);
  const History history = builder_.build();
  const Vacuity vacuity = judge_vacuity(history, summarize_fault_windows(history), {"kill", "clock"});
  EXPECT_TRUE(vacuity.vacuous);
  EXPECT_EQ(vacuity.reasons, (std::vector<std::string>{"none of 1 read operations succeeded",
                                                       "no two operations were concurrent",
                                                       "fault kill was never proved to have taken effect",
                                                       "fault clock was asked for but never injected"}));
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
            std::vector<std::string>{"no operation was invoked while fault kill was in force"});
}

TEST_F(MeasureTest, AnEmptyHistoryIsVacuous) {
  EXPECT_EQ(judge_vacuity(builder_.build(), {}, {}).reasons,
            (std::vector<std::string>{"no operation was invoked"}));
}

}  // namespace
}  // namespace assay
