#include "targets/refdb/kv/state_machine.h"

#include <gtest/gtest.h>

#include <map>

#include "harness/core/rng.h"
#include "targets/refdb/kv/rows.h"
#include "targets/refdb/replica/testing/map_storage.h"

namespace assay::refdb {
namespace {

void keep_changes(StateMachine& machine, MapStorage& storage) {
  std::vector<Write> writes;
  machine.take_writes(writes);
  storage.apply(writes);
}

wire::ClientAnswer parse(std::string_view body) {
  const auto answer = wire::decode_answer(wire::encode_answer(1, 1, body));
  return answer.value_or(wire::ClientAnswer{.status = wire::Status::bad_request});
}

// Applies the mops as the next request of a client.
class Driver {
 public:
  explicit Driver(StateMachineOptions options = {}) : machine(options) {}
  wire::ClientAnswer apply(std::vector<Mop> mops, std::uint64_t client = 1) {
    return apply(client, ++numbers_[client], std::move(mops));
  }
  wire::ClientAnswer apply(std::uint64_t client, std::uint64_t number, std::vector<Mop> mops) {
    return parse(machine.apply(machine.applied_index() + 1,
                               wire::encode_command({client, number, 1, std::move(mops)})));
  }
  StateMachine machine;

 private:
  std::map<std::uint64_t, std::uint64_t> numbers_;
};

Mop mop(Fn fn, Key key, Value argument = {}) { return {fn, key, std::move(argument), {}}; }
Mop cas(Key key, Value expected, Value desired) { return mop(Fn::cas, key, Value::pair(expected, desired)); }

TEST(StateMachine, ReadsWritesAndComparesAndSets) {
  Driver driver;
  EXPECT_EQ(driver.apply({mop(Fn::read, 1)}).results, std::vector<Value>{Value()});
  driver.apply({mop(Fn::write, 1, 7)});
  EXPECT_EQ(driver.machine.get(1), Value(7));
  EXPECT_EQ(driver.apply({cas(1, 6, 8)}).status, wire::Status::failed);
  EXPECT_EQ(driver.apply({cas(1, 7, 8)}).status, wire::Status::ok);
  EXPECT_EQ(driver.machine.get(1), Value(8));
  EXPECT_EQ(driver.apply({cas(2, Value(), 1)}).status, wire::Status::ok);
}

TEST(StateMachine, ABackupBringsBackWhatWasThereAndSurvivesRestartsAndSnapshots) {
  Driver driver;
  driver.apply({mop(Fn::write, 1, 7), mop(Fn::write, 2, 8)});
  const Value position = driver.apply({mop(Fn::backup, 0)}).results.at(0);
  EXPECT_EQ(position, Value(2));
  driver.apply({mop(Fn::write, 1, Value()), mop(Fn::write, 3, 9)});
  MapStorage storage;
  keep_changes(driver.machine, storage);
  StateMachine again({});
  again.load(storage);
  StateMachine copy({});
  ASSERT_TRUE(copy.restore_snapshot(again.applied_index(), again.encode_snapshot()));
  for (StateMachine* machine : {&driver.machine, &again, &copy}) {
    const auto apply = [&](std::uint64_t number, std::vector<Mop> mops) {
      return parse(machine->apply(machine->applied_index() + 1, wire::encode_command({2, number, 1, mops})))
          .status;
    };
    EXPECT_EQ(apply(1, {mop(Fn::restore, 0, position), cas(1, 0, 1)}), wire::Status::failed);
    EXPECT_EQ(machine->get(3), Value(9)) << "what did not happen as a whole is undone";
    EXPECT_EQ(apply(2, {mop(Fn::restore, 0, Value(77))}), wire::Status::failed);
    EXPECT_EQ(apply(3, {mop(Fn::restore, 0, position)}), wire::Status::ok);
    EXPECT_EQ(machine->get(1), Value(7));
    EXPECT_EQ(machine->get(2), Value(8));
    EXPECT_EQ(machine->get(3), Value());
  }
  EXPECT_EQ(again.digest(), copy.digest());
}

// What a protocol makes of a position in its log.
TEST(StateMachine, ValuesAreBroughtBackAndMomentsOnlyNamed) {
  Driver driver;
  driver.apply({mop(Fn::write, 1, 7), mop(Fn::write, 2, 8)});
  EXPECT_EQ(driver.apply({mop(Fn::backup, 0, Value(99))}).results.at(0), Value(99));
  EXPECT_FALSE(driver.machine.has_backup(2));
  EXPECT_EQ(driver.apply({mop(Fn::restore, 0, Value(99))}).status, wire::Status::failed);
  EXPECT_EQ(driver.apply({mop(Fn::restore, 0, Value::text("time:1"))}).status, wire::Status::failed);
  const Value then = Value::list({Value::pair(Value(1), Value(5)), Value::pair(Value(4), Value::text("x"))});
  EXPECT_EQ(driver.apply({mop(Fn::restore, 0, then)}).status, wire::Status::ok);
  EXPECT_EQ(driver.machine.values(), (std::map<Key, Value>{{1, Value(5)}, {4, Value::text("x")}}));
  EXPECT_EQ(driver.apply({mop(Fn::restore, 0, Value::list({Value(1)}))}).status, wire::Status::bad_request);
  MapStorage storage;
  keep_changes(driver.machine, storage);
  StateMachine again({});
  again.load(storage);
  EXPECT_EQ(again.values(), driver.machine.values());
}

TEST(StateMachine, AppendsAddsAndRemoves) {
  Driver driver;
  driver.apply({mop(Fn::append, 1, 5), mop(Fn::append, 1, 6)});
  EXPECT_EQ(driver.machine.get(1), Value::list({5, 6}));
  driver.apply({mop(Fn::add, 2, 5)});
  driver.apply({mop(Fn::add, 2, -7)});
  EXPECT_EQ(driver.machine.get(2), Value(-2));
  driver.apply({mop(Fn::write, 3, Value::list({})), mop(Fn::add, 3, 4), mop(Fn::add, 3, 4)});
  EXPECT_EQ(driver.machine.get(3), Value::list({4}));
  driver.apply({mop(Fn::remove, 3, 4)});
  EXPECT_EQ(driver.machine.get(3), Value::list({}));
}

TEST(StateMachine, AFailedMopUndoesTheWholeTransaction) {
  Driver driver;
  driver.apply({mop(Fn::write, 1, 1)});
  const auto answer =
      driver.apply({mop(Fn::write, 1, 2), mop(Fn::write, 2, 2), mop(Fn::write, 1, 3), cas(1, 9, 4)});
  EXPECT_EQ(answer.status, wire::Status::failed);
  EXPECT_TRUE(answer.results.empty());
  EXPECT_EQ(driver.machine.get(1), Value(1));
  EXPECT_EQ(driver.machine.get(2), Value());
  EXPECT_EQ(driver.apply({mop(Fn::write, 2, 5), mop(Fn::append, 1, 5)}).status, wire::Status::wrong_type);
  EXPECT_EQ(driver.machine.get(2), Value());
}

TEST(StateMachine, ATransactionSeesItsOwnWrites) {
  Driver driver;
  const auto answer = driver.apply({mop(Fn::write, 1, 4), mop(Fn::read, 1), cas(1, 4, 5), mop(Fn::read, 1)});
  EXPECT_EQ(answer.results, (std::vector<Value>{Value(), 4, Value(), 5}));
}

TEST(StateMachine, ARepeatedRequestIsAppliedOnceAndAnsweredTheSame) {
  Driver driver;
  const std::vector<Mop> mops = {mop(Fn::add, 1, 5), mop(Fn::read, 1)};
  const auto first = driver.apply(9, 1, mops);
  const auto second = driver.apply(9, 1, mops);
  EXPECT_EQ(first.results, second.results);
  EXPECT_EQ(driver.machine.get(1), Value(5));
  EXPECT_FALSE(driver.machine.answered(9, 1).empty());
  EXPECT_TRUE(driver.machine.answered(9, 2).empty());
  driver.apply(9, 2, mops);
  EXPECT_EQ(driver.apply(9, 1, mops).status, wire::Status::too_stale);
  EXPECT_EQ(driver.machine.get(1), Value(10));
}

TEST(StateMachine, TheBugDuplicateApplyAppliesTwice) {
  Driver driver({.ignore_sessions = true});
  driver.apply(9, 1, {mop(Fn::add, 1, 5)});
  driver.apply(9, 1, {mop(Fn::add, 1, 5)});
  EXPECT_EQ(driver.machine.get(1), Value(10));
}

TEST(StateMachine, TheSessionUsedLongestAgoIsForgotten) {
  Driver driver({.sessions_max = 2});
  driver.apply({mop(Fn::add, 1, 1)}, 1);
  driver.apply({mop(Fn::add, 1, 1)}, 2);
  driver.apply({mop(Fn::add, 1, 1)}, 1);
  driver.apply({mop(Fn::add, 1, 1)}, 3);
  EXPECT_EQ(driver.machine.session_count(), 2u);
  EXPECT_FALSE(driver.machine.answered(1, 2).empty());
  EXPECT_TRUE(driver.machine.answered(2, 1).empty());
}

TEST(StateMachine, AGarbageCommandChangesNothing) {
  Driver driver;
  EXPECT_EQ(parse(driver.machine.apply(1, "garbage")).status, wire::Status::bad_request);
  EXPECT_EQ(driver.machine.applied_index(), 1u);
  EXPECT_EQ(driver.machine.key_count(), 0u);
}

void apply_random(Driver& driver, Rng& rng) {
  static constexpr Fn kFns[] = {Fn::write, Fn::append, Fn::add, Fn::remove, Fn::read};
  std::vector<Mop> mops(1 + rng.below(3));
  for (Mop& each : mops) {
    each = rng.chance(1, 5) ? cas(rng.between(-3, 3), rng.between(0, 2), rng.between(0, 2))
                            : mop(kFns[rng.below(5)], rng.between(-3, 3), rng.between(0, 2));
    if (each.fn == Fn::write && rng.chance(1, 4)) each.argument = Value();
  }
  driver.apply(std::move(mops), 1 + rng.below(6));
}

TEST(StateMachine, RowsAreEnoughToStartFrom) {
  Rng rng(3);
  Driver driver({.sessions_max = 4});
  MapStorage storage;
  for (int round = 0; round < 200; ++round) {
    for (std::uint64_t n = rng.below(5); n > 0; --n) apply_random(driver, rng);
    keep_changes(driver.machine, storage);
    StateMachine again({.sessions_max = 4});
    again.load(storage);
    ASSERT_EQ(again.digest(), driver.machine.digest()) << "round " << round;
    ASSERT_EQ(again.applied_index(), driver.machine.applied_index());
  }
}

TEST(StateMachine, SnapshotsRestoreStateAndRows) {
  Rng rng(4);
  Driver source;
  Driver target;
  MapStorage storage;
  for (int round = 0; round < 100; ++round) {
    for (int n = 0; n < 5; ++n) apply_random(source, rng);
    apply_random(target, rng);
    keep_changes(target.machine, storage);
    ASSERT_TRUE(
        target.machine.restore_snapshot(source.machine.applied_index(), source.machine.encode_snapshot()));
    ASSERT_EQ(target.machine.digest(), source.machine.digest());
    keep_changes(target.machine, storage);
    StateMachine again({});
    again.load(storage);
    ASSERT_EQ(again.digest(), source.machine.digest());
  }
}

TEST(StateMachine, ATruncatedSnapshotIsRefusedAndChangesNothing) {
  Driver driver;
  driver.apply({mop(Fn::write, 1, 1), mop(Fn::write, 2, Value::text("two"))});
  const std::string bytes = driver.machine.encode_snapshot();
  Driver other;
  other.apply({mop(Fn::write, 5, 5)});
  const std::uint64_t before = other.machine.digest();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(other.machine.restore_snapshot(9, std::string_view(bytes).substr(0, size)));
  }
  EXPECT_FALSE(other.machine.restore_snapshot(9, bytes + "x"));
  EXPECT_EQ(other.machine.digest(), before);
}

TEST(StateMachine, TheBugSnapshotDropsKeysDropsSome) {
  Driver driver({.snapshot_drops_keys = true});
  for (Key key = 0; key < 10; ++key) driver.apply({mop(Fn::write, key, 1)});
  Driver target;
  ASSERT_TRUE(target.machine.restore_snapshot(10, driver.machine.encode_snapshot()));
  EXPECT_EQ(target.machine.key_count(), 5u);
}

TEST(Rows, KeysKeepTheirOrder) {
  EXPECT_LT(rows::value_row(-5), rows::value_row(-1));
  EXPECT_LT(rows::value_row(-1), rows::value_row(0));
  EXPECT_LT(rows::value_row(0), rows::value_row(7));
  EXPECT_EQ(rows::key_of_number(*rows::row_number(rows::value_row(-5), rows::kValuePrefix)), -5);
  EXPECT_FALSE(rows::row_number("s/short", rows::kValuePrefix));
}

}  // namespace
}  // namespace assay::refdb
