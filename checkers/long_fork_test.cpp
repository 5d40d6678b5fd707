// The checker "long-fork" on the anomaly, and against an oracle that tries every order of the writes.
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
using testing::r;
using testing::w;

TEST(LongFork, TwoReadsSeeTwoWritesInOppositeOrders) {
  const Line x{1, 9, w(0, 1)}, y{1, 9, w(1, 1)};
  EXPECT_EQ(judged("long-fork", {x, y, {2, 3, {r(0, 1), r(1)}}, {4, 5, {r(0), r(1, 1)}}}),
            "invalid: long-fork");
  EXPECT_EQ(judged("long-fork", {x, y, {2, 3, {r(0, 1), r(1)}}, {4, 5, {r(0, 1), r(1, 1)}}}), "valid");
  EXPECT_EQ(judged("long-fork", {x, y, {2, 3, {r(0), r(1)}}, {4, 5, {r(0, 1), r(1)}}}), "valid");
  // Reads of other keys besides.
  EXPECT_EQ(judged("long-fork", {x, y, {2, 3, {r(0, 1), r(1), r(7)}}, {4, 5, {r(1, 1), r(8), r(0)}}}),
            "invalid: long-fork");
}

TEST(LongFork, ATransactionSeesItsOwnWrites) {
  EXPECT_EQ(judged("long-fork", {{1, 9, {w(0, 1), r(0, 1), r(1)}}, {1, 9, {w(1, 1), r(1, 1), r(0)}}}),
            "unknown");
}

TEST(LongFork, NothingComesFromNowhere) {
  EXPECT_EQ(judged("long-fork", {failed({1, 2, w(0, 1)}), {2, 3, {r(0, 1), r(1)}}}), "invalid: aborted-read");
  EXPECT_EQ(judged("long-fork", {{1, 2, w(0, 1)}, {2, 3, {r(0, 7), r(1)}}}), "invalid: phantom-read");
  EXPECT_EQ(judged("long-fork", {{2, 3, {r(0, 1), r(1)}}, {4, 5, w(0, 1)}}), "invalid: phantom-read");
}

TEST(LongFork, NothingIsProvedByNothing) {
  EXPECT_EQ(judged("long-fork", {{1, 2, w(0, 1)}, {2, 3, r(0, 1)}}), "unknown");
  EXPECT_EQ(judged("long-fork", {{1, 2, w(0, 1)}, {2, 3, {r(0), r(1)}}}), "unknown");
  EXPECT_EQ(judged("long-fork", {{1, 2, w(0, 1)}, {1, 2, w(0, 2)}, {2, 3, {r(0), r(1)}}}), "unknown");
  EXPECT_EQ(judged("long-fork", {{1, 2, testing::append(0, 1)}, {2, 3, {r(0), r(1)}}}), "unknown");
}

TEST(LongForkOracle, AgreesOnRandomHistories) {
  Rng rng(8);
  std::array<int, 3> seen{};
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    const Key keys = rng.between(2, 4);
    std::vector<Line> lines;
    for (Key key = 0; key < keys; ++key) lines.push_back({0, 9, w(key, 1)});
    std::vector<Key> order;
    for (Key key = 0; key < keys; ++key) order.push_back(key);
    rng.shuffle(order);
    for (std::int64_t reads = rng.between(2, 4); reads > 0; --reads) {
      // A prefix of one order, damaged now and then.
      const auto prefix = static_cast<std::size_t>(rng.between(0, keys));
      std::vector<Mop> mops;
      for (std::size_t i = 0; i < order.size(); ++i) {
        const bool written = rng.chance(1, 8) ? rng.chance(1, 2) : i < prefix;
        mops.push_back(r(order[i], written ? Value(1) : Value()));
      }
      lines.push_back({1, 9, std::move(mops)});
    }
    const History history = testing::make_history(lines);
    const CheckResult result = testing::check_with("long-fork", history);
    ASSERT_EQ(result.verdict == Verdict::invalid, !testing::long_fork_by_brute_force(history))
        << testing::to_text(history);
    ASSERT_EQ(testing::confirm_datatype("long-fork", history, result), "") << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
