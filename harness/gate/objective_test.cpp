#include "harness/gate/objective.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"

namespace assay::gate {
namespace {

RunResult measured_run() {
  RunResult run;
  run.measurements.load.ok_per_second = 1014;
  OperationSummary read, write, cas;
  read.kind = "read";
  read.counts = {9990, 4, 6};
  read.response.count = 9990;
  read.response.p50 = 2 * kMillisecond;
  read.response.p99 = 12 * kMillisecond;
  read.response.mean = 4 * kMillisecond;
  read.response.p999 = 15 * kMillisecond;
  read.response.p9999 = 17 * kMillisecond;
  read.response.max = 18 * kMillisecond;
  read.service.p99 = 9 * kMillisecond;
  write.kind = "write";
  write.counts = {100, 0, 0};
  write.response.count = 100;
  write.response.p50 = 3 * kMillisecond;
  cas.kind = "cas";
  cas.counts = {50, 50, 0};
  cas.response.p50 = kMillisecond;
  run.operations = {cas, read, write};
  FaultWindowSummary partition;
  partition.window.fault = "partition-leader";
  partition.window.verified = true;
  partition.time_to_recover = 3 * kSecond;
  partition.unavailable = 2 * kSecond;
  FaultWindowSummary unproved;
  unproved.window.fault = "clock";
  FaultWindowSummary never = partition;
  never.window.fault = "kill";
  never.time_to_recover = kNever;
  run.faults = {partition, unproved, never};
  run.recovered = true;
  run.recovery_time = 700 * kMillisecond;
  return run;
}

std::string judged(const std::string& objective) {
  RunResult run = measured_run();
  run.plan.objectives = {objective};
  return judge_objectives(run).front().reason;
}

TEST(Objectives, AreMetMissedOrOpen) {
  EXPECT_EQ(judged("read.p99 < 20ms"), "met with 12ms");
  EXPECT_EQ(judged("read.p99 < 12ms"), "missed with 12ms");
  EXPECT_EQ(judged("read.p99 <= 12ms"), "met with 12ms");
  EXPECT_EQ(judged("read.service.p99<10ms"), "met with 9ms");
  EXPECT_EQ(judged("read.mean < 5ms"), "met with 4ms");
  EXPECT_EQ(judged("read.p999 < 16ms"), "met with 15ms");
  EXPECT_EQ(judged("read.p9999 < 16ms"), "missed with 17ms");
  EXPECT_EQ(judged("read.max <= 18ms"), "met with 18ms");
  EXPECT_EQ(judged("p50 < 2.5ms"), "missed with 3ms") << "the worst kind counts";
  EXPECT_EQ(judged("read.errors < 0.05%"), "missed with 0.1%");
  EXPECT_EQ(judged("cas.errors <= 0%"), "met with 0%") << "another value is an answer";
  EXPECT_EQ(judged("throughput >= 1014/s"), "met with 1014/s");
  EXPECT_EQ(judged("write.throughput > 10.1/s"), "missed with 10/s");
  EXPECT_EQ(judged("recovery < 1s"), "met with 700ms");
  EXPECT_EQ(judged("recovery.partition < 5s"), "met with 3000ms");
  EXPECT_EQ(judged("unavailability.partition < 1s"), "missed with 2000ms");
}

TEST(Objectives, WhatWasNeverSentWasLate) {
  RunResult run = measured_run();
  run.measurements.load.due = 1000;
  run.measurements.load.late = 20;
  run.measurements.load.dropped = 10;
  run.plan.objectives = {"late < 3%"};
  EXPECT_EQ(judge_objectives(run).front().reason, "missed with 3%");
}

TEST(Objectives, WhatWasNotMeasuredIsNotMet) {
  EXPECT_EQ(judged("write.p99 < 1s"), "can't be told: only 100 write operations were ok, too few for a p99");
  EXPECT_EQ(judged("append.p50 < 1s"), "can't be told: there was no append operation");
  EXPECT_EQ(judged("recovery.pause < 1s"), "can't be told: no fault pause was injected");
  EXPECT_EQ(judged("recovery.clock < 1s"),
            "can't be told: a fault clock was not proved to have taken effect");
  EXPECT_EQ(judged("recovery.kill < 1s"), "can't be told: nothing succeeded after a fault kill");
  EXPECT_EQ(judged("late < 1%"), "can't be told: no operation was due");
  RunResult nothing;
  nothing.plan.objectives = {"errors < 1%"};
  EXPECT_EQ(judge_objectives(nothing)[0].reason, "can't be told: no operation was invoked in the main phase");
}

TEST(Objectives, ExitCodesKeepTheOrderOfTheContract) {
  const auto with = [](GateVerdict verdict) {
    ObjectiveResult result;
    result.verdict = verdict;
    return std::vector<ObjectiveResult>{result};
  };
  EXPECT_EQ(exit_code_with(kExitValid, {}), kExitValid);
  EXPECT_EQ(exit_code_with(kExitValid, with(GateVerdict::pass)), kExitValid);
  EXPECT_EQ(exit_code_with(kExitValid, with(GateVerdict::regressed)), kExitRegressed);
  EXPECT_EQ(exit_code_with(kExitValid, with(GateVerdict::inconclusive)), kExitInconclusive);
  EXPECT_EQ(exit_code_with(kExitUnknown, with(GateVerdict::regressed)), kExitRegressed);
  EXPECT_EQ(exit_code_with(kExitUnknown, with(GateVerdict::inconclusive)), kExitUnknown);
  EXPECT_EQ(exit_code_with(kExitInvalid, with(GateVerdict::regressed)), kExitInvalid);
  EXPECT_EQ(exit_code_with(kExitHarness, with(GateVerdict::regressed)), kExitHarness);
}

std::string refusal(const std::string& text) {
  try {
    parse_objective(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Objectives, RefusalsSayWhatIsExpected) {
  const struct {
    const char* text;
    const char* sentence;
  } kCases[] = {
      {"read.p99", "expected a field, <, <=, > or >=, and a limit, such as \"read.p99 < 20ms\""},
      {"read.p98 < 20ms", "there is no field \"read.p98\"; there are [KIND.]p50, p90"},
      {"teapot.p99 < 20ms", "there is no field \"teapot.p99\""},
      {"unavailability < 2s", "there is no field \"unavailability\""},
      {"recovery. < 2s", "there is no field \"recovery.\""},
      {"service.errors < 2%", "there is no field \"service.errors\""},
      {"< 20ms", "there is no field \"\""},
      {"read.p99 < 20", "expected a time with a unit such as 20ms, got \"20\""},
      {"read.p99 < 0.1%", "expected a time with a unit such as 20ms, got \"0.1%\""},
      {"errors < 20ms", "expected a share such as 0.1%, got \"20ms\""},
      {"errors < 101%", "expected a share such as 0.1%, got \"101%\""},
      {"throughput > 20", "expected a rate such as 5000/s, got \"20\""},
      {"throughput > 1.2.3/s", "expected a rate such as 5000/s"},
      {"late < ", "expected a share such as 0.1%, got \"\""},
  };
  for (const auto& test : kCases) {
    const std::string got = refusal(test.text);
    EXPECT_NE(got.find(test.sentence), std::string::npos) << test.text << ": " << got;
    EXPECT_EQ(got.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace assay::gate
