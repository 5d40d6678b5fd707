// The checker "durability" on registers, lists and sets, and against an oracle that tries every order of the
// writes.
#include <gtest/gtest.h>

#include <array>

#include "checkers/testing/datatype_fixture.h"
#include "checkers/testing/datatype_oracle.h"
#include "checkers/testing/nightly.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::append;
using testing::at;
using testing::failed;
using testing::judged;
using testing::Line;
using testing::r;
using testing::w;

Mop add(std::int64_t element) { return {Fn::add, 0, element, {}}; }
Mop remove(std::int64_t element) { return {Fn::remove, 0, element, {}}; }
Mop all(std::vector<Value> elements) { return {Fn::read, 0, {}, Value::list(std::move(elements))}; }

TEST(Durability, Registers) {
  EXPECT_EQ(judged("durability", {{1, 2, w(0, 1)}, {3, 4, w(0, 2)}, {5, 6, r(0, 2)}}), "valid");
  EXPECT_EQ(judged("durability", {{1, 2, w(0, 1)}, {3, 4, w(0, 2)}, {5, 6, r(0, 1)}}), "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, 3, w(0, 1)}, {3, 4, w(0, 2)}, {5, 6, r(0, 1)}}), "valid");
  EXPECT_EQ(judged("durability", {{1, 2, w(0, 1)}, {5, 6, r(0)}}), "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, kNever, w(0, 1)}, {3, 4, w(0, 2)}, {5, 6, r(0, 1)}}), "valid");
  EXPECT_EQ(judged("durability", {failed({1, 2, w(0, 1)}), {3, 4, w(0, 2)}, {5, 6, r(0, 1)}}),
            "invalid: aborted-read");
  EXPECT_EQ(judged("durability", {{1, 2, {w(0, 1), w(0, 2)}}, {5, 6, r(0, 1)}}), "invalid: lost-write");
  EXPECT_EQ(
      judged("durability", {{1, 2, w(0, 1)}, {3, 4, {Fn::cas, 0, Value::pair(1, 2), {}}}, {5, 6, r(0, 2)}}),
      "valid");
}

TEST(Durability, OneOfTheSiblingsIsEnough) {
  const auto with = [](std::vector<Value> siblings) {
    return judged("durability",
                  {{1, 2, w(0, 1)}, {3, 4, w(0, 2)}, {5, 6, r(0, Value::list(std::move(siblings)))}});
  };
  EXPECT_EQ(with({2}), "valid");
  EXPECT_EQ(with({1, 2}), "valid");
  EXPECT_EQ(with({1}), "invalid: lost-write");
  EXPECT_EQ(with({}), "invalid: lost-write");
}

TEST(Durability, ALossCountsOnceHoweverManyNodesShowIt) {
  const History history = testing::make_history(
      {{1, 2, w(0, 1)}, {1, 2, w(1, 1)}, at(0, {5, 6, r(0)}), at(1, {5, 6, r(0)}), at(2, {5, 6, r(1)})});
  EXPECT_EQ(*find_fact(testing::check_with("durability", history).statistics, "lost-write"), Value(2));
}

TEST(Durability, OneReplicaHasItAnotherOneNot) {
  EXPECT_EQ(judged("durability", {{1, 2, w(0, 1)}, at(0, {5, 6, r(0, 1)}), at(1, {5, 6, r(0)})}),
            "invalid: stale-final-read");
  EXPECT_EQ(judged("durability", {{1, 2, append(0, 1)}, at(0, {5, 6, all({1})}), at(1, {5, 6, all({})})}),
            "invalid: stale-final-read");
}

TEST(Durability, Lists) {
  EXPECT_EQ(judged("durability", {{1, 2, append(0, 1)}, {1, 2, append(0, 2)}, {5, 6, all({2, 1})}}), "valid");
  EXPECT_EQ(judged("durability", {{1, 2, append(0, 1)}, {1, 2, append(0, 2)}, {5, 6, all({2})}}),
            "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, 2, append(0, 1)}, {1, 2, append(0, 1)}, {5, 6, all({1})}}),
            "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, 2, append(0, 1)}, {1, kNever, append(0, 2)}, {5, 6, all({1})}}),
            "valid");
}

TEST(Durability, Sets) {
  EXPECT_EQ(judged("durability", {{1, 2, add(1)}, {3, 4, add(2)}, {5, 6, all({1})}}), "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, 2, add(1)}, {3, 4, remove(1)}, {5, 6, all({})}}), "valid");
  EXPECT_EQ(judged("durability", {{1, 2, add(1)}, {3, 4, remove(1)}, {5, 6, all({1})}}),
            "invalid: resurrected");
  EXPECT_EQ(judged("durability", {{1, 3, add(1)}, {3, 4, remove(1)}, {5, 6, all({1})}}), "valid");
  EXPECT_EQ(judged("durability", {{1, 2, remove(1)}, {3, 4, add(1)}, {5, 6, all({})}}),
            "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, 2, add(1)}, {3, kNever, remove(1)}, {5, 6, all({})}}), "valid");
  // The remove may have come last.
  EXPECT_EQ(judged("durability", {{1, 3, remove(1)}, {3, 4, add(1)}, {5, 6, all({})}}), "valid");
}

Mop insert(const char* text) { return {Fn::insert, 0, Value::pair(Value(0), Value::text(text)), {}}; }
Mop shows(const char* text) { return r(0, Value::text(text)); }

TEST(Durability, Texts) {
  const auto with = [](const char* text) {
    return judged("durability", {{1, 2, insert("ab")}, {1, 2, insert("ca")}, {5, 6, shows(text)}});
  };
  EXPECT_EQ(with("caab"), "valid");
  EXPECT_EQ(with("baac"), "valid");
  EXPECT_EQ(with("cab"), "invalid: lost-write");
  EXPECT_EQ(with("caaab"), "invalid: duplicate-write");
  EXPECT_EQ(with(""), "invalid: lost-write");
  const Mop erase{Fn::erase, 0, Value::pair(Value(0), Value(1)), {}};
  EXPECT_EQ(judged("durability", {{1, 2, insert("ab")}, {3, 4, erase}, {5, 6, shows("b")}}), "valid");
  EXPECT_EQ(judged("durability", {{1, 2, insert("ab")}, {3, 4, erase}, {5, 6, shows("")}}),
            "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, 2, insert("ab")}, failed({3, 4, erase}), {5, 6, shows("b")}}),
            "invalid: lost-write");
  EXPECT_EQ(judged("durability", {{1, 2, insert("a")}, {1, kNever, insert("b")}, {5, 6, shows("a")}}),
            "valid");
  EXPECT_EQ(judged("durability", {{1, 2, insert("a")}, at(0, {5, 6, shows("a")}), at(1, {5, 6, shows("")})}),
            "invalid: stale-final-read");
}

TEST(Durability, ItemsOfCarts) {
  const auto text = [](const char* item) { return Value::text(item); };
  const Value one = Value::list({text("a")}), both = Value::list({text("a"), text("b")}),
              other = Value::list({text("a"), text("c")});
  const auto by = [](ProcessId process, Line line) { return testing::by(process, std::move(line)); };
  const auto with = [&](const Value& last) {
    return judged("durability",
                  {by(1, {1, 2, w(0, one)}), by(1, {3, 4, r(0, one)}), by(2, {3, 4, r(0, one)}),
                   by(1, {5, 6, w(0, both)}), by(2, {5, 6, w(0, other)}), by(3, {9, 10, r(0, last)})},
                  {{"items", "yes"}});
  };
  EXPECT_EQ(with(both), "invalid: lost-write");
  EXPECT_EQ(with(Value::list({both, other})), "valid");
  EXPECT_EQ(with(Value::list({text("a"), text("b"), text("c")})), "valid");
  // Taken out by who had seen it.
  EXPECT_EQ(judged("durability",
                   {by(1, {1, 2, w(0, both)}),
                    by(2, {3, 4, r(0, both)}),
                    by(2, {5, 6, w(0, one)}),
                    {9, 10, r(0, one)}},
                   {{"items", "yes"}}),
            "valid");
}

TEST(Durability, RestoresUndoWhatCameAfterTheBackup) {
  const Mop backup{Fn::backup, 0, {}, 7}, restore{Fn::restore, 0, 7, {}};
  const auto with = [&](Value last, Nanos late_end) {
    return judged(
        "durability",
        {{1, 2, w(1, 1)}, {3, 4, backup}, {5, late_end, w(1, 2)}, {7, 8, restore}, {11, 12, r(1, last)}});
  };
  EXPECT_EQ(with(1, 6), "valid");
  EXPECT_EQ(with(2, 6), "invalid: lost-write");
  EXPECT_EQ(with({}, 6), "invalid: lost-write");
  // Beside the restore: before it or after it.
  EXPECT_EQ(with(1, 9), "valid");
  EXPECT_EQ(with(2, 9), "valid");
  // What a backup is restored that nobody made, nothing is known to be undone.
  EXPECT_EQ(judged("durability", {{1, 2, w(1, 1)}, {5, 6, w(1, 2)}, {7, 8, restore}, {11, 12, r(1, 1)}}),
            "invalid: lost-write");
}

TEST(Durability, DeletionsMayBeAccidents) {
  const std::vector<Line> deleted{{1, 2, w(1, 1)}, {3, 4, w(1, {})}, {5, 6, r(1)}};
  EXPECT_EQ(judged("durability", deleted), "valid");
  EXPECT_EQ(judged("durability", deleted, {{"deletions", "accidents"}}), "invalid: lost-write");
}

TEST(Durability, NothingIsProvedByNothing) {
  EXPECT_EQ(judged("durability", {{1, 2, w(0, 1)}}), "unknown");
  EXPECT_EQ(judged("durability", {{1, 2, w(0, 1)}, {2, 3, r(0, 1)}}), "unknown");
  EXPECT_EQ(judged("durability", {{1, kNever, w(0, 1)}, {5, 6, r(0)}}), "unknown");
  // A counter is another checker's.
  EXPECT_EQ(judged("durability", {{1, 2, add(1)}, {5, 6, r(0, 0)}}), "unknown");
}

TEST(DurabilityOracle, AgreesOnRandomHistories) {
  Rng rng(12);
  std::array<int, 3> seen{};
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    std::vector<Line> lines;
    for (std::int64_t count = rng.between(1, 5); count > 0; --count) {
      const Nanos begin = rng.between(0, 20);
      Line line(begin, rng.chance(1, 5) ? kNever : begin + rng.between(0, 8), w(0, rng.between(1, 4)));
      lines.push_back(rng.chance(1, 8) && line.completed != kNever ? failed(line) : line);
    }
    for (std::int64_t reads = rng.between(1, 2); reads > 0; --reads) {
      lines.push_back({50, 60, r(0, rng.chance(1, 8) ? Value() : Value(rng.between(1, 4)))});
    }
    const History history = testing::make_history(lines);
    const CheckResult result = testing::check_with("durability", history);
    if (result.verdict != Verdict::unknown) {
      ASSERT_EQ(result.verdict == Verdict::valid, testing::durable_by_brute_force(history))
          << testing::to_text(history);
    }
    ASSERT_EQ(testing::confirm_datatype("durability", history, result), "") << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
