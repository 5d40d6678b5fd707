#include "harness/run/replication.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

ReplicationSample at(Nanos seconds, std::vector<std::int64_t> positions) {
  return {.at = seconds * kSecond, .positions = std::move(positions), .pending = {}};
}

FaultWindowSummary fault(Nanos begin, Nanos end) {
  FaultWindowSummary summary;
  summary.window.begin = begin * kSecond;
  summary.window.end = end == kNever ? kNever : end * kSecond;
  return summary;
}

// The third node stands still from second 2 to second 5.
std::vector<ReplicationSample> cut_off() {
  return {at(1, {10, 10, 10}), at(2, {20, 20, 19}), at(3, {30, 30, 20}), at(4, {40, 39, 20}),
          at(5, {50, 50, 20}), at(6, {60, 60, 45}), at(7, {70, 70, 70})};
}

TEST(ReplicationLag, IsTheTimeSinceTheFurthestWasWhereTheSlowestIs) {
  const std::vector<ReplicationSample> samples = cut_off();
  EXPECT_EQ(replication_lag(samples, 0)->time, 0);
  EXPECT_EQ(replication_lag(samples, 1)->time, 0) << "what is in flight is no lag";
  EXPECT_EQ(replication_lag(samples, 1)->behind, 1);
  // At second 2 the furthest was at 20, at second 3 further.
  EXPECT_EQ(replication_lag(samples, 2)->time, 0);
  EXPECT_EQ(replication_lag(samples, 4)->time, 2 * kSecond);
  EXPECT_EQ(replication_lag(samples, 4)->behind, 30);
  EXPECT_EQ(replication_lag(samples, 5)->time, kSecond);
  EXPECT_EQ(replication_lag(samples, 6)->time, 0);
}

TEST(ReplicationLag, OnlyNodesThatAnswerAreCompared) {
  EXPECT_EQ(replication_lag({at(1, {10, -1, -1})}, 0), std::nullopt);
  EXPECT_EQ(replication_lag({at(1, {-1, -1})}, 0), std::nullopt);
  EXPECT_EQ(replication_lag({at(1, {10, -1, 8})}, 0)->behind, 2);
}

TEST(ReplicationLag, MomentsAtWhichNobodyAnswersProveNothing) {
  EXPECT_EQ(replication_lag({at(1, {10, 10}), at(2, {-1, -1}), at(3, {-1, -1}), at(4, {12, 11})}, 3)->time,
            0);
}

TEST(ReplicationLag, OfTheRunAndOfEachFault) {
  ReplicationSummary summary;
  summary.samples = cut_off();
  std::vector<FaultWindowSummary> faults = {fault(1, 2), fault(2, 5)};
  summarize_lag(summary, faults);
  EXPECT_EQ(summary.lag_max, 2 * kSecond);
  EXPECT_EQ(summary.behind_max, 30);
  EXPECT_EQ(summary.pending_max, std::nullopt);
  EXPECT_EQ(faults[0].replication_behind_max, 0);
  EXPECT_EQ(faults[1].replication_behind_max, 20) << "the sample at its end is after it";
  EXPECT_EQ(faults[1].replication_lag_max, kSecond);
  EXPECT_EQ(summary.caught_up_after, 2 * kSecond) << "at second 5 the furthest had 50; at 7 all have it";
}

TEST(ReplicationLag, CatchingUpNeedsEveryNodeAndAnEndOfTheFaults) {
  ReplicationSummary summary;
  summary.samples = {at(1, {10, 10}), at(2, {20, -1}), at(3, {30, 25})};
  std::vector<FaultWindowSummary> faults = {fault(1, 2)};
  summarize_lag(summary, faults);
  EXPECT_EQ(summary.caught_up_after, kSecond);
  std::vector<FaultWindowSummary> never = {fault(1, kNever)};
  ReplicationSummary other;
  other.samples = summary.samples;
  summarize_lag(other, never);
  EXPECT_EQ(other.caught_up_after, std::nullopt);
  EXPECT_EQ(never[0].replication_behind_max, 5);
}

TEST(ReplicationLag, HintsThatWaitAreCounted) {
  ReplicationSummary summary;
  summary.samples = {{.at = 1, .positions = {-1, -1}, .pending = 3},
                     {.at = 2, .positions = {-1, -1}, .pending = 8}};
  std::vector<FaultWindowSummary> faults;
  summarize_lag(summary, faults);
  EXPECT_EQ(summary.pending_max, 8);
  EXPECT_EQ(summary.lag_max, std::nullopt);
}

TEST(Observations, AreThinnedEvenly) {
  Observations<std::size_t> kept;
  for (std::size_t i = 0; i < 10 * kObservationsMax; ++i) kept.add(i);
  ASSERT_LT(kept.samples().size(), kObservationsMax);
  ASSERT_GE(kept.samples().size(), kObservationsMax / 2);
  const std::size_t step = kept.samples()[1] - kept.samples()[0];
  for (std::size_t i = 0; i < kept.samples().size(); ++i) EXPECT_EQ(kept.samples()[i], i * step);
}

}  // namespace
}  // namespace assay
