// The checker "set-full" on the fates of single elements, and against an oracle that looks at every pair.
#include <gtest/gtest.h>

#include <array>

#include "checkers/testing/datatype_fixture.h"
#include "checkers/testing/datatype_oracle.h"
#include "checkers/testing/nightly.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::check_with;
using testing::failed;
using testing::judged;
using testing::Line;

Mop add(std::int64_t element, Key key = 0) { return {Fn::add, key, element, {}}; }
Mop all(std::vector<Value> elements, Key key = 0) {
  return {Fn::read, key, {}, Value::list(std::move(elements))};
}
const CheckerOptions kLinearizable{{"linearizable", "yes"}};

std::int64_t fact(const CheckResult& result, const std::string& name) {
  const Value* const value = find_fact(result.statistics, name);
  return value == nullptr ? -1 : value->as_integer();
}

TEST(SetFull, StableElements) {
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, all({1})}}), "valid");
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, all({1})}}, kLinearizable), "valid");
  EXPECT_EQ(judged("set-full", {{1, 9, add(1)}, {2, 3, all({})}, {4, 5, all({1})}}, kLinearizable), "valid");
}

TEST(SetFull, LostElements) {
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, all({})}}), "invalid: lost");
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, all({1})}, {5, 6, all({})}}), "invalid: lost");
  // A read made it known before its add returned.
  EXPECT_EQ(judged("set-full", {{1, 20, add(1)}, {3, 4, all({1})}, {5, 6, all({})}}), "invalid: lost");
  EXPECT_EQ(judged("set-full", {{1, kNever, add(1)}, {3, 4, all({1})}, {5, 6, all({})}}), "invalid: lost");
  EXPECT_EQ(judged("set-full", {{1, kNever, add(1)}, {3, 4, all({})}}), "unknown");
  // Concurrent reads prove nothing.
  EXPECT_EQ(judged("set-full", {{1, kNever, add(1)}, {3, 9, all({1})}, {5, 6, all({})}}), "unknown");
}

TEST(SetFull, StaleElementsAreAFaultOnRequest) {
  const std::vector<Line> lines{{1, 2, add(1)}, {30, 40, all({})}, {50, 60, all({1})}};
  EXPECT_EQ(judged("set-full", lines), "valid");
  EXPECT_EQ(judged("set-full", lines, kLinearizable), "invalid: stale-read");
  const CheckResult result = check_with("set-full", testing::make_history(lines));
  EXPECT_EQ(fact(result, "stale"), 1);
  EXPECT_EQ(fact(result, "stable"), 1);
  EXPECT_EQ(fact(result, "stable_latency_max_nanoseconds"), 29);  // from 2 to just after 30
}

TEST(SetFull, DuplicatesAndStrangers) {
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, all({1, 1})}, {5, 6, all({1})}}),
            "invalid: duplicate");
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, all({1, 5})}}), "invalid: unexpected");
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, all({1, 5})}, {5, 6, add(5)}}), "invalid: unexpected");
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, failed({1, 2, add(5)}), {3, 4, all({1, 5})}}),
            "invalid: aborted-read");
}

TEST(SetFull, NothingIsProvedWithoutReads) {
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}}), "unknown");
  EXPECT_EQ(judged("set-full", {{3, 4, all({})}}), "unknown");
  EXPECT_EQ(judged("set-full", {{1, 2, add(1)}, {3, 4, {Fn::remove, 0, 1, {}}}}), "unknown");
}

TEST(SetFullOracle, AgreesOnRandomHistories) {
  Rng rng(3);
  std::array<int, 3> seen{};
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    std::vector<Line> lines;
    const std::int64_t elements = rng.between(1, 3);
    for (std::int64_t element = 1; element <= elements; ++element) {
      const Nanos begin = rng.between(0, 12);
      lines.push_back({begin, rng.chance(1, 5) ? kNever : begin + rng.between(0, 8), add(element)});
    }
    for (std::int64_t reads = rng.between(1, 4); reads > 0; --reads) {
      const Nanos begin = rng.between(0, 20), end = begin + rng.between(0, 6);
      std::vector<Value> found;
      for (std::int64_t element = 1; element <= elements; ++element) {
        const Line& its = lines[static_cast<std::size_t>(element - 1)];
        if (its.invoked <= end && rng.chance(2, 3)) found.push_back(Value(element));
      }
      lines.push_back({begin, end, all(std::move(found))});
    }
    const History history = testing::make_history(lines);
    const CheckResult result = check_with("set-full", history, kLinearizable);
    const auto lost = testing::lost_by_brute_force(history);
    const auto stale = testing::stale_by_brute_force(history);
    ASSERT_EQ(fact(result, "lost"), static_cast<std::int64_t>(lost.size())) << testing::to_text(history);
    ASSERT_EQ(fact(result, "stale"), static_cast<std::int64_t>(stale.size())) << testing::to_text(history);
    ASSERT_EQ(result.verdict == Verdict::invalid, lost.size() + stale.size() > 0);
    ASSERT_EQ(testing::confirm_datatype("set-full", history, result, kLinearizable), "");
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
