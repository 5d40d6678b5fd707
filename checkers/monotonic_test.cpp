// The checker "monotonic" on the orders that it knows, and against an oracle that looks at every pair.
#include <gtest/gtest.h>

#include <array>

#include "checkers/testing/datatype_fixture.h"
#include "checkers/testing/datatype_oracle.h"
#include "checkers/testing/nightly.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::by;
using testing::judged;
using testing::Line;

Mop read(std::int64_t value, Key key = 0) { return {Fn::read, key, {}, value}; }
Mop id(std::int64_t value, Key key = 0) { return {Fn::generate, key, {}, value}; }

TEST(Monotonic, InRealTime) {
  EXPECT_EQ(judged("monotonic", {{1, 2, read(1)}, {3, 4, read(1)}, {5, 6, read(2)}}), "valid");
  EXPECT_EQ(judged("monotonic", {{1, 2, read(2)}, {3, 4, read(1)}}), "invalid: non-monotonic");
  EXPECT_EQ(judged("monotonic", {{1, 3, read(2)}, {3, 4, read(1)}}), "valid");
  EXPECT_EQ(judged("monotonic", {{1, 2, id(2)}, {3, 4, id(2)}}), "invalid: repeated-value");
  // The sum that an add returned.
  EXPECT_EQ(judged("monotonic", {{1, 2, Mop{Fn::add, 0, 1, 2}}, {3, 4, Mop{Fn::add, 0, 1, 2}}}),
            "invalid: repeated-value");
}

TEST(Monotonic, PerProcessAndOverAllKeys) {
  const std::vector<Line> lines{by(1, {1, 2, read(2)}), by(2, {3, 4, read(1)}), by(1, {5, 6, read(3)})};
  EXPECT_EQ(judged("monotonic", lines), "invalid: non-monotonic");
  EXPECT_EQ(judged("monotonic", lines, {{"order", "process"}}), "valid");
  EXPECT_EQ(judged("monotonic", {by(1, {1, 2, read(2)}), by(1, {3, 4, read(1)})}, {{"order", "process"}}),
            "invalid: non-monotonic");
  EXPECT_EQ(judged("monotonic", {{1, 2, id(2, 0)}, {3, 4, id(1, 1)}}), "valid");
  EXPECT_EQ(judged("monotonic", {{1, 2, id(2, 0)}, {3, 4, id(1, 1)}}, {{"scope", "all"}}),
            "invalid: non-monotonic");
}

TEST(Monotonic, ListsAscend) {
  EXPECT_EQ(judged("monotonic", {{1, 2, Mop{Fn::read, 0, {}, Value::list({1, 2, 2})}}}), "valid");
  EXPECT_EQ(judged("monotonic", {{1, 2, Mop{Fn::read, 0, {}, Value::list({1, 3, 2})}}}),
            "invalid: unordered-list");
}

TEST(Monotonic, NothingIsProvedByNothing) {
  EXPECT_EQ(judged("monotonic", {{1, kNever, read(2)}, {3, 4, Mop{Fn::read, 0, {}, {}}}}), "unknown");
}

TEST(Monotonic, IsOnlyAskedForByName) {
  HistoryShape shape;
  shape.mops[static_cast<std::size_t>(Fn::generate)] = 3;
  CheckerOptions options;
  EXPECT_NE(testing::plugin("monotonic").unsuited(shape, options), "");
  options["order"] = "real-time";
  EXPECT_EQ(testing::plugin("monotonic").unsuited(shape, options), "");
}

TEST(MonotonicOracle, AgreesOnRandomHistories) {
  Rng rng(6);
  std::array<int, 3> seen{};
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    std::vector<Line> lines;
    for (std::int64_t count = rng.between(2, 6); count > 0; --count) {
      const Nanos begin = rng.between(0, 30);
      const Key key = rng.between(0, 1);
      const std::int64_t value = begin / 4 + rng.between(0, 3);
      lines.push_back(
          {begin, begin + rng.between(0, 6), rng.chance(1, 2) ? read(value, key) : id(value, key)});
    }
    const History history = testing::make_history(lines);
    const CheckResult result = testing::check_with("monotonic", history);
    ASSERT_EQ(result.verdict == Verdict::valid, testing::monotonic_by_brute_force(history))
        << testing::to_text(history);
    ASSERT_EQ(testing::confirm_datatype("monotonic", history, result), "") << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
