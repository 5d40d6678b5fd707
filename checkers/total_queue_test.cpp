// The checker "total-queue" on the anomalies that its name stands for, and against an oracle that tries every
// choice of what happened.
#include <gtest/gtest.h>

#include <array>

#include "checkers/testing/datatype_fixture.h"
#include "checkers/testing/datatype_oracle.h"
#include "checkers/testing/nightly.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::failed;
using testing::judged;
using testing::Line;

Mop in(std::int64_t element) { return {Fn::enqueue, 0, element, {}}; }
Mop out(Value element) { return {Fn::dequeue, 0, {}, std::move(element)}; }

TEST(TotalQueue, WhatGoesInComesOut) {
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {3, 4, in(2)}, {5, 6, out(2)}, {7, 8, out(1)}}), "valid");
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {3, 4, in(2)}, {5, 6, out(2)}}), "invalid: lost");
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {3, 4, in(1)}, {5, 6, out(1)}}), "invalid: lost");
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {5, 6, out(1)}, {7, 8, out({})}}), "valid");
  // A drain is a transaction.
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {3, 4, in(2)}, {5, 6, {out(2), out(1)}}}), "valid");
}

TEST(TotalQueue, NothingElseComesOut) {
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {5, 6, out(1)}, {7, 8, out(1)}}), "invalid: duplicated");
  EXPECT_EQ(
      judged("total-queue", {{1, 2, in(1)}, {5, 6, out(1)}, {7, 8, out(1)}}, {{"delivery", "at-least-once"}}),
      "valid");
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {5, 6, out(1)}, {7, 8, out(9)}}), "invalid: unexpected");
  EXPECT_EQ(judged("total-queue", {{1, 2, out(1)}, {3, 4, in(1)}}), "invalid: lost, unexpected");
  EXPECT_EQ(judged("total-queue", {{1, 2, out(1)}, {2, 4, in(1)}}), "valid");
  EXPECT_EQ(judged("total-queue", {failed({1, 2, in(1)}), {5, 6, out(1)}}), "invalid: aborted-read");
}

TEST(TotalQueue, UnknownOutcomes) {
  EXPECT_EQ(judged("total-queue", {{1, kNever, in(1)}, {2, 3, in(2)}, {5, 6, out(2)}}), "valid");
  EXPECT_EQ(judged("total-queue", {{1, kNever, in(1)}, {2, 3, in(2)}, {5, 6, out(2)}, {7, 8, out(1)}}),
            "valid");
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {5, kNever, out({})}}), "unknown");
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {1, 2, in(2)}, {5, kNever, out({})}}), "invalid: lost");
  Mop drain = out({});
  drain.argument = Value::text("drain");
  EXPECT_EQ(judged("total-queue", {{1, 2, in(1)}, {1, 2, in(2)}, {5, kNever, drain}}), "unknown");
  EXPECT_EQ(judged("total-queue", {{1, kNever, in(1)}, {5, kNever, out({})}}), "unknown");
}

TEST(TotalQueueOracle, AgreesOnRandomHistories) {
  Rng rng(5);
  std::array<int, 3> seen{};
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    std::vector<Line> lines;
    const std::int64_t values = rng.between(1, 3);
    for (std::int64_t count = rng.between(2, 7); count > 0; --count) {
      const Nanos begin = rng.between(0, 12);
      const bool info = rng.chance(1, 5);
      Line line(begin, info ? kNever : begin + rng.between(0, 9),
                rng.chance(1, 2) ? in(rng.between(1, values)) : out(rng.between(1, values)));
      lines.push_back(rng.chance(1, 12) && !info ? failed(line) : line);
    }
    const History history = testing::make_history(lines);
    const CheckResult result = testing::check_with("total-queue", history);
    const bool any_ok = result.reason.find("nothing was tested") == std::string::npos;
    ASSERT_EQ(result.verdict == Verdict::invalid, !testing::total_queue_by_brute_force(history))
        << testing::to_text(history);
    if (any_ok) {
      ASSERT_EQ(result.verdict == Verdict::valid, testing::total_queue_without_info(history))
          << testing::to_text(history);
    }
    ASSERT_EQ(testing::confirm_datatype("total-queue", history, result), "") << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 20);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
