#include "harness/experiments/measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::experiments {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

void add(HistoryBuilder& builder, Nanos invoked, Nanos completed, Fn fn, Outcome outcome) {
  Mop mop{fn, 1, {}, {}};
  Operation operation;
  operation.process = 0;
  operation.invoked = operation.due = invoked;
  operation.completed = completed;
  operation.outcome = outcome;
  operation.mops = {&mop, 1};
  builder.add(operation);
}

void mark(HistoryBuilder& builder, Nanos at, const char* phase) {
  FaultEvent event;
  event.fault = "phase";
  event.time = event.began = at;
  event.value = {{"name", Value::text(phase)}};
  builder.add_fault(event);
}

// Writes at 1 s, 2 s, 5 s and 6 s, reads in between, of which the one at 4 s fails; a fault from 2 s to 6 s.
RunResult sample() {
  HistoryBuilder builder;
  builder.set_node_names({"n1"});
  for (const Nanos at : {1, 2, 3, 4, 5, 6}) {
    add(builder, at * kSecond - 10, at * kSecond, at == 3 || at == 4 ? Fn::read : Fn::write,
        at == 4 ? Outcome::fail : Outcome::ok);
  }
  mark(builder, 500 * kMillisecond, "main");
  mark(builder, 6500 * kMillisecond, "recovery");
  RunResult run;
  run.history = builder.build();
  run.counters = {{"failovers", 3}};
  OperationSummary writes;
  writes.kind = "write";
  writes.counts = {.ok = 3, .fail = 1, .info = 0};
  writes.response = {.count = 3, .p50 = 7};
  OperationSummary reads;
  reads.kind = "read";
  reads.counts = {.ok = 6, .fail = 0, .info = 2};
  run.operations = {writes, reads};
  FaultWindowSummary kill;
  kill.window.fault = "kill";
  kill.window.begin = 2 * kSecond;
  kill.window.end = 6 * kSecond;
  kill.due_during = {.ok = 5, .fail = 0, .info = 2};
  kill.sent_during = {.ok = 3, .fail = 1, .info = 0};
  kill.longest_gap = kSecond;
  kill.time_to_recover = 20;
  FaultWindowSummary pause = kill;
  pause.window.fault = "pause";
  pause.time_to_recover = kNever;
  run.faults = {kill, pause};
  CheckResult check;
  check.checker = "staleness";
  check.statistics = {
      {"worst_ns", 5}, {"each_ns", Value::list({1, 2})}, {"note", Value::text("x")}, {"lost-update", 12}};
  check.findings = {Finding{.anomaly = "stale-read"}, Finding{.anomaly = "lost-update"}};
  run.checks = {check};
  return run;
}

TEST(Measures, CountersStatisticsAndFindings) {
  const RunResult run = sample();
  EXPECT_THAT(measure_run(run, "failovers"), Optional(ElementsAre(3)));
  EXPECT_THAT(measure_run(run, "staleness.worst_ns"), Optional(ElementsAre(5)));
  EXPECT_THAT(measure_run(run, "staleness.each_ns"), Optional(ElementsAre(1, 2)));
  EXPECT_EQ(measure_run(run, "staleness.note"), std::nullopt);
  EXPECT_THAT(measure_run(run, "findings"), Optional(ElementsAre(2)));
  EXPECT_THAT(measure_run(run, "findings.stale-read"), Optional(ElementsAre(1)));
  EXPECT_THAT(measure_run(run, "findings.lost-update"), Optional(ElementsAre(12))) << "of which it lists one";
  EXPECT_THAT(measure_run(run, "findings.phantom"), Optional(ElementsAre(0)));
  EXPECT_EQ(measure_run(run, "hints"), std::nullopt);
}

TEST(Measures, OperationsAndFaultWindows) {
  const RunResult run = sample();
  EXPECT_THAT(measure_run(run, "ok"), Optional(ElementsAre(9)));
  EXPECT_THAT(measure_run(run, "ok_percent"), Optional(ElementsAre(75)));
  EXPECT_THAT(measure_run(run, "write.fail"), Optional(ElementsAre(1)));
  EXPECT_THAT(measure_run(run, "write.p50_ns"), Optional(ElementsAre(7)));
  EXPECT_EQ(measure_run(run, "write.p99_ns"), std::nullopt);
  EXPECT_EQ(measure_run(run, "cas.ok"), std::nullopt);
  EXPECT_THAT(measure_run(run, "fault.ok"), Optional(ElementsAre(6))) << "three were sent in each window";
  EXPECT_THAT(measure_run(run, "fault.kill.ok_percent"), Optional(ElementsAre(75)));
  EXPECT_THAT(measure_run(run, "fault.recover_ns"), Optional(ElementsAre(20)));
  EXPECT_THAT(measure_run(run, "fault.kill.gap_ns"), Optional(ElementsAre(kSecond)));
}

TEST(Measures, OutagesAreTimesWithoutAWrite) {
  const RunResult run = sample();
  EXPECT_THAT(measure_run(run, "fault.kill.write_gap_ns"), Optional(ElementsAre(3 * kSecond)));
  EXPECT_THAT(measure_run(run, "outages_ns"),
              Optional(ElementsAre(kSecond / 2, kSecond, 3 * kSecond, kSecond, kSecond / 2)));
}

TEST(Measures, AggregatesAreByNearestRank) {
  const std::vector<double> samples = {5, 1, 4, 2, 3};
  EXPECT_EQ(aggregate_of(Aggregate::total, samples), 15);
  EXPECT_EQ(aggregate_of(Aggregate::mean, samples), 3);
  EXPECT_EQ(aggregate_of(Aggregate::min, samples), 1);
  EXPECT_EQ(aggregate_of(Aggregate::median, samples), 3);
  EXPECT_EQ(aggregate_of(Aggregate::p90, samples), 5);
  EXPECT_EQ(aggregate_of(Aggregate::max, samples), 5);
  EXPECT_EQ(aggregate_of(Aggregate::total, {}), 0);
  EXPECT_EQ(aggregate_of(Aggregate::median, {}), std::nullopt);
}

TEST(Measures, AreWrittenForPeople) {
  EXPECT_EQ(quantity_text("lost", 37), "37");
  EXPECT_EQ(quantity_text("share", 0.12345), "0.123");
  EXPECT_EQ(quantity_text("gap_ns", 310e6), "310 ms");
  EXPECT_EQ(quantity_text("gap_ns", 1.25e9), "1.25 s");
  EXPECT_EQ(quantity_text("gap_ns", 0), "0 ns");
}

}  // namespace
}  // namespace assay::experiments
