#include "checkers/transactions/register_history.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "checkers/testing/fixture.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::Line;
using testing::make_history;
using testing::make_sessions;
using testing::r;
using testing::w;
using Status = RegisterHistory::Status;

Mop cas(Key key, const Value& expected, const Value& desired) {
  return {Fn::cas, key, Value::pair(expected, desired), {}};
}

Line failed(Nanos begin, Nanos end, const Mop& mop) {
  Line line(begin, end, mop);
  line.outcome = Outcome::fail;
  return line;
}

struct Built {
  explicit Built(History given, const Value& initial = {}, const Budget& budget = {})
      : history(std::move(given)), limits(budget), charge(limits) {
    error = build_register_history(history, initial, limits, charge, registers);
  }
  History history;
  Limits limits;
  Charge charge;
  RegisterHistory registers;
  std::string error;
};

TEST(RegisterHistory, KnowsWhoReadFromWhom) {
  const Built built(
      make_sessions({{{w(7, 1), w(8, 5)}, {r(8, 6)}}, {{r(7, 1), w(8, 6), r(8, 6), r(9)}, {r(9, 4)}}}));
  ASSERT_EQ(built.error, "");
  const RegisterHistory& registers = built.registers;
  EXPECT_EQ(registers.transaction_count(), 4u);
  EXPECT_EQ(registers.session_count(), 2u);
  EXPECT_EQ(registers.key_count(), 3u);
  EXPECT_EQ(registers.ambiguous(), "");
  // Ids: 0 = first of session 0, 1 = first of session 1, 2, 3 the second ones.
  EXPECT_EQ(registers.session(2), 0u);
  EXPECT_EQ(registers.position(2), 1u);
  EXPECT_EQ(registers.transactions_of(1)[1], 3u);
  EXPECT_EQ(registers.mops(1)[0].source, 0u);
  EXPECT_EQ(registers.mops(1)[0].source_mop, 0u);
  EXPECT_EQ(registers.mops(1)[0].kind(), MopKind::read);
  EXPECT_EQ(registers.mops(1)[2].source, 1u);
  EXPECT_TRUE(registers.mops(1)[2].follows_own_write());
  EXPECT_EQ(registers.mops(1)[3].kind(), MopKind::read_initial);
  EXPECT_EQ(registers.mops(2)[0].source, 1u);
  EXPECT_EQ(registers.mops(3)[0].kind(), MopKind::read_nobody);
  EXPECT_FALSE(registers.mops(3)[0].has_source());
  EXPECT_EQ(registers.key(registers.mops(2)[0].key()), 8);
}

TEST(RegisterHistory, TellsAbortedAndIntermediateReads) {
  const Built built(make_history({failed(0, 1, w(1, 1)), Line(0, 2, {w(1, 2), w(1, 3)}), Line(3, 4, r(1, 1)),
                                  Line(5, 6, r(1, 2)), Line(7, 8, r(1, 3))}));
  const RegisterHistory& registers = built.registers;
  EXPECT_EQ(registers.status(0), Status::aborted);
  EXPECT_EQ(registers.mops(2)[0].kind(), MopKind::read_aborted);
  EXPECT_EQ(registers.mops(2)[0].source, 0u);
  EXPECT_EQ(registers.mops(3)[0].kind(), MopKind::read_intermediate);
  EXPECT_EQ(registers.mops(1)[0].kind(), MopKind::overwritten_write);
  EXPECT_EQ(registers.mops(1)[1].kind(), MopKind::write);
  EXPECT_EQ(registers.mops(4)[0].kind(), MopKind::read);
}

TEST(RegisterHistory, ACompareAndSetReadsAndWrites) {
  const Built built(make_history({Line(0, 1, w(1, 1)), Line(2, 3, cas(1, 1, 2)), Line(4, 5, r(1, 2))}));
  const RegisterHistory& registers = built.registers;
  ASSERT_EQ(registers.mops(1).size(), 2u);
  EXPECT_EQ(registers.mops(1)[0].source, 0u);
  EXPECT_TRUE(registers.mops(1)[1].is_last_write());
  EXPECT_EQ(registers.mops(2)[0].source, 1u);
}

TEST(RegisterHistory, InfoOperationsCountOnceObservedAndSoDoesWhatTheyExpected) {
  // Of 4 nobody read; 2 was read, and so the compare-and-set that wrote it happened, and so did the write of
  // 1.
  const Built built(make_history({Line(0, kNever, w(1, 1)), Line(0, kNever, cas(1, 1, 2)),
                                  Line(0, kNever, w(1, 4)), Line(1, kNever, r(1, 4)), Line(4, 5, r(1, 2))}));
  const RegisterHistory& registers = built.registers;
  EXPECT_EQ(registers.status(0), Status::observed_info);
  EXPECT_EQ(registers.status(1), Status::observed_info);
  EXPECT_EQ(registers.status(2), Status::unobserved_info);
  EXPECT_TRUE(registers.committed(0));
  EXPECT_FALSE(registers.committed(2));
  EXPECT_TRUE(registers.committed(4));
  EXPECT_TRUE(registers.mops(3).empty());
}

TEST(RegisterHistory, SaysWhichWritesCollide) {
  const Built two(make_history({Line(0, 1, w(1, 1)), Line(0, 1, w(1, 1)), Line(2, 3, r(1, 1))}));
  EXPECT_EQ(two.registers.ambiguous(),
            "what operation 2 read of key 1 was written both by operation 0 and by operation 1");
  const Built unread(make_history({Line(0, 1, w(1, 1)), Line(0, 1, w(1, 1)), Line(2, 3, r(2))}));
  EXPECT_EQ(unread.registers.ambiguous(), "");
  const Built keys(make_history({Line(0, 1, w(1, 1)), Line(0, 1, w(2, 1)), Line(2, 3, r(1, 1))}));
  EXPECT_EQ(keys.registers.ambiguous(), "");
  const Built retried(make_history({failed(0, 1, w(1, 1)), Line(2, 3, w(1, 1)), Line(4, 5, r(1, 1))}));
  EXPECT_EQ(retried.registers.ambiguous(), "");
  EXPECT_EQ(retried.registers.mops(2)[0].source, 1u);
  const Built twice(make_history({Line(0, 1, {w(1, 1), w(1, 2), w(1, 1)}), Line(2, 3, r(1, 1))}));
  EXPECT_EQ(twice.registers.ambiguous(), "");
  EXPECT_EQ(twice.registers.mops(1)[0].kind(), MopKind::read);
}

TEST(RegisterHistory, AReadOfItsOwnWriteIsThatWriteWhoeverElseWroteTheValue) {
  const Built twice(make_history({Line(0, 1, {w(1, 1), r(1, 1), w(1, 1)})}));
  EXPECT_EQ(twice.registers.mops(0)[1].source_mop, 0u);
  const Built others(make_history({Line(0, 1, w(1, 1)), Line(2, 3, {w(1, 1), r(1, 1)})}));
  EXPECT_EQ(others.registers.ambiguous(), "");
  EXPECT_EQ(others.registers.mops(1)[1].source_mop, 1u);
  const Built changed(make_history({Line(0, 1, {w(1, 1), w(1, 2), r(1, 1)})}));
  EXPECT_EQ(changed.registers.mops(0)[2].source_mop, 0u);
}

TEST(RegisterHistory, TheInitialValueMayCollideToo) {
  const Built zero(make_history({Line(0, 1, r(1, 0)), Line(0, 1, w(2, 0))}), Value(0));
  EXPECT_EQ(zero.registers.mops(0)[0].kind(), MopKind::read_initial);
  const Built written(make_history({Line(0, 1, r(1, 0)), Line(0, 1, w(1, 0))}), Value(0));
  EXPECT_EQ(written.registers.ambiguous(),
            "what operation 0 read of key 1 is the initial value, and operation 1 wrote it too");
  const Built later(make_history({Line(0, 1, {r(1, 0), w(1, 0)})}), Value(0));
  EXPECT_EQ(later.registers.ambiguous(), "");
  EXPECT_EQ(later.registers.mops(0)[0].kind(), MopKind::read_initial);
  const Built later_and_others(make_history({Line(0, 1, {r(1, 0), w(1, 0)}), Line(0, 1, w(1, 0))}), Value(0));
  EXPECT_EQ(later_and_others.registers.ambiguous(),
            "what operation 0 read of key 1 is the initial value, and operation 1 wrote it too");
  const Built nil(make_history({Line(0, 1, r(1, 0))}));
  EXPECT_EQ(nil.registers.mops(0)[0].kind(), MopKind::read_nobody);
}

TEST(RegisterHistory, ValuesOfEveryKindAreToldApart) {
  const std::vector<Value> values = {Value(),
                                     Value(0),
                                     Value(1),
                                     Value(INT64_MAX),
                                     Value(INT64_MIN),
                                     Value(INT64_MIN / 2),
                                     Value::boolean(true),
                                     Value::text("a"),
                                     Value::text("b"),
                                     Value::list({Value(1)})};
  std::vector<Line> lines;
  for (const Value& value : values) lines.emplace_back(0, 1, w(1, value));
  for (const Value& value : values) lines.emplace_back(2, 3, r(1, value));
  const Built built(make_history(lines), Value(-5));
  for (TransactionId id = 0; id < values.size(); ++id) {
    EXPECT_EQ(built.registers.mops(static_cast<TransactionId>(id + values.size()))[0].source, id) << id;
  }
}

TEST(RegisterHistory, RefusesWhatIsNoRegister) {
  EXPECT_EQ(Built(make_history({Line(0, 1, testing::append(1, 1))})).error,
            "operation 0 is of kind append, which registers do not know");
  EXPECT_EQ(Built(make_history({Line(0, 1, Mop{Fn::cas, 1, 3, {}})})).error,
            "operation 0 is of kind cas, but its argument is no pair (expected, desired)");
}

TEST(RegisterHistory, KeepsToTheBudget) {
  std::vector<Line> lines(20'000, Line(0, 1, w(1, 1)));
  Budget little;
  little.memory_limit_bytes = 100'000;
  EXPECT_EQ(Built(make_history(lines), {}, little).error, "the memory budget is spent");
  Budget no_time;
  no_time.time_limit = -1;
  EXPECT_EQ(Built(make_history(lines), {}, no_time).error, "the time budget is spent");
}

// Against maps, on histories with few keys of any size and few values.
TEST(RegisterHistory, AgreesWithALookupByMap) {
  Rng rng(5);
  for (int round = 0; round < 300; ++round) {
    std::vector<Line> lines;
    std::map<std::pair<Key, std::int64_t>, std::set<OpId>> writers;
    std::int64_t next = 1;
    for (OpId id = 0; id < 40; ++id) {
      const Key key = rng.chance(1, 2) ? rng.between(0, 3) : rng.between(-2, -1) * (std::int64_t{1} << 40);
      const auto at = static_cast<Nanos>(id);
      if (rng.chance(1, 2)) {
        const std::int64_t value = rng.chance(1, 30) ? next : next++;
        lines.emplace_back(at, at, w(key, value));
        writers[{key, value}].insert(id);
      } else {
        lines.emplace_back(at, at, r(key, rng.between(1, next + 1)));
      }
    }
    const Built built(make_history(lines));
    ASSERT_EQ(built.error, "");
    bool ambiguous = false;
    for (OpId id = 0; id < 40; ++id) {
      const Mop& mop = lines[id].mops[0];
      const auto& sources = writers[{mop.key, mop.fn == Fn::read ? mop.result.as_integer() : -1}];
      if (mop.fn == Fn::write) continue;
      ambiguous = ambiguous || sources.size() > 1;
      const TransactionId source = built.registers.mops(id)[0].source;
      EXPECT_TRUE(sources.empty() ? source == kNobody : sources.contains(source)) << id;
    }
    EXPECT_EQ(built.registers.collision().has_value(), ambiguous);
  }
}

}  // namespace
}  // namespace assay::checkers
