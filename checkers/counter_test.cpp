// The checker "counter" at its bounds, and against an oracle that tries every subset of the adds.
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

Mop add(std::int64_t amount, Key key = 0) { return {Fn::add, key, amount, {}}; }
Mop read(std::int64_t value, Key key = 0) { return {Fn::read, key, {}, value}; }

TEST(Counter, ReadsLieBetweenAcknowledgedAndAttempted) {
  const auto with = [](std::int64_t value) {
    return judged("counter", {{1, 2, add(1)}, {1, kNever, add(1)}, {3, 8, add(1)}, {4, 5, read(value)}});
  };
  EXPECT_EQ(with(0), "invalid: read-too-low");
  EXPECT_EQ(with(1), "valid");
  EXPECT_EQ(with(2), "valid");
  EXPECT_EQ(with(3), "valid");
  EXPECT_EQ(with(4), "invalid: read-too-high");
}

TEST(Counter, DecrementsCountTheOtherWay) {
  EXPECT_EQ(judged("counter", {{1, 2, add(-3)}, {3, 4, read(-3)}}), "valid");
  EXPECT_EQ(judged("counter", {{1, 2, add(-3)}, {3, 4, read(0)}}), "invalid: read-too-high");
  EXPECT_EQ(judged("counter", {{1, 9, add(-3)}, {3, 4, read(0)}}), "valid");
  EXPECT_EQ(judged("counter", {{1, 2, add(5)}, {1, kNever, add(-3)}, {3, 4, read(1)}}),
            "invalid: read-too-low");
}

TEST(Counter, IntervalsAreClosed) {
  EXPECT_EQ(judged("counter", {{1, 3, add(1)}, {3, 4, read(0)}}), "valid");
  EXPECT_EQ(judged("counter", {{1, 2, add(1)}, {3, 4, read(0)}}), "invalid: read-too-low");
  EXPECT_EQ(judged("counter", {{1, 4, read(1)}, {4, 5, add(1)}}), "valid");
  EXPECT_EQ(judged("counter", {{1, 3, read(1)}, {4, 5, add(1)}}), "invalid: read-too-high");
}

TEST(Counter, MultiplesOfOneUnit) {
  EXPECT_EQ(judged("counter", {{1, 9, add(4)}, {1, 9, add(6)}, {3, 4, read(5)}}), "invalid: read-between");
  EXPECT_EQ(judged("counter", {{1, 9, add(4)}, {1, 9, add(7)}, {3, 4, read(7)}}), "valid");
}

TEST(Counter, KeysFailuresAndBeginnings) {
  EXPECT_EQ(judged("counter", {{1, 2, add(1, 3)}, {3, 4, read(0, 4)}, {3, 4, read(1, 3)}}), "valid");
  EXPECT_EQ(judged("counter", {failed({1, 2, add(1)}), {3, 4, read(1)}}), "invalid: read-too-high");
  EXPECT_EQ(judged("counter", {{1, 2, add(1)}, {3, 4, read(11)}}, {{"initial", "10"}}), "valid");
  EXPECT_EQ(judged("counter", {{1, 2, Mop{Fn::read, 0, {}, {}}}}), "valid");
}

TEST(Counter, LastReadsOfEachNodeAreJudgedAlone) {
  const auto with = [](std::int64_t early, std::int64_t last, std::int64_t other) {
    return judged("counter",
                  {{1, 2, add(1)},
                   {3, 4, add(1)},
                   testing::at(0, {5, 6, read(early)}),
                   testing::at(0, {7, 8, read(last)}),
                   testing::at(1, {7, 8, read(other)})},
                  {{"reads", "final"}});
  };
  EXPECT_EQ(with(0, 2, 2), "valid");
  EXPECT_EQ(with(2, 1, 2), "invalid: read-too-low");
  EXPECT_EQ(with(2, 2, 3), "invalid: read-too-high");
  EXPECT_EQ(judged("counter", {{1, 9, add(1)}, {5, 6, read(0)}}, {{"reads", "final"}}), "unknown");
}

TEST(Counter, SaysHowManyIncrementsAreLost) {
  const History history = testing::make_history({{1, 2, add(1)},
                                                 {3, 4, add(1)},
                                                 {5, 6, add(1)},
                                                 {5, kNever, add(1)},
                                                 testing::at(0, {7, 8, read(1)}),
                                                 testing::at(1, {7, 8, read(2)}),
                                                 {1, 2, add(1, 1)},
                                                 testing::at(0, {7, 8, read(0, 1)}),
                                                 testing::at(1, {7, 8, read(3, 1)})});
  const CheckResult result = testing::check_with("counter", history);
  EXPECT_EQ(*find_fact(result.statistics, "increments_lost"), Value(1));
  EXPECT_EQ(*find_fact(result.statistics, "increments_lost_worst"), Value(3));
  EXPECT_EQ(*find_fact(result.statistics, "increments_surplus"), Value(2));
}

TEST(Counter, WritesCountAsOneWhereThatIsAsked) {
  const auto with = [](std::int64_t value) {
    return judged("counter", {{1, 4, testing::w(0, 1)}, {2, 5, testing::w(0, 1)}, {6, 7, read(value)}},
                  {{"writes", "yes"}});
  };
  EXPECT_EQ(with(1), "invalid: read-too-low");
  EXPECT_EQ(with(2), "valid");
  EXPECT_EQ(judged("counter", {{1, 4, testing::w(0, 1)}, {6, 7, read(1)}}), "unknown");
}

TEST(Counter, NothingIsProvedByNothing) {
  EXPECT_EQ(judged("counter", {{1, kNever, add(1)}}), "unknown");
  EXPECT_EQ(judged("counter", {{1, 2, Mop{Fn::write, 0, 1, {}}}}), "unknown");
  EXPECT_EQ(judged("counter", {{1, 2, add(INT64_MAX)}, {1, 2, add(INT64_MAX)}, {3, 4, read(0)}}), "unknown");
}

TEST(CounterOracle, AgreesOnRandomHistories) {
  Rng rng(4);
  std::array<int, 3> seen{};
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    std::vector<Line> lines;
    const std::int64_t unit = rng.between(1, 2);  // bounds are exact when all adds are as large
    for (std::int64_t count = rng.between(2, 7); count > 0; --count) {
      const Nanos begin = rng.between(0, 12), end = begin + rng.between(0, 6);
      if (rng.chance(2, 3)) {
        Line line(begin, rng.chance(1, 5) ? kNever : end, add(rng.chance(1, 3) ? -unit : unit));
        lines.push_back(rng.chance(1, 8) && line.completed != kNever ? failed(line) : line);
      } else {
        lines.push_back({begin, end, read(rng.between(-1, 2))});
      }
    }
    const History history = testing::make_history(lines);
    const CheckResult result = testing::check_with("counter", history);
    if (result.verdict == Verdict::unknown) continue;
    ASSERT_EQ(result.verdict == Verdict::valid, testing::counter_by_brute_force(history))
        << testing::to_text(history);
    ASSERT_EQ(testing::confirm_datatype("counter", history, result), "") << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
