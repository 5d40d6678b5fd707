#include "targets/refdb/kv/locks.h"

#include <gtest/gtest.h>

#include "targets/refdb/kv/state_machine.h"

namespace assay::refdb {
namespace {

using wire::Status;

Value lock(std::int64_t token, bool held) { return Value::list({Value(token), Value::boolean(held)}); }

TEST(Locks, TokensGrowAndOneHoldsAtATime) {
  const LockStep first = lock_step(Fn::acquire, Value(), Value());
  EXPECT_EQ(first.status, Status::ok);
  EXPECT_EQ(first.result, Value(1));
  EXPECT_EQ(first.next, lock(1, true));
  EXPECT_EQ(lock_step(Fn::acquire, first.next, Value()).status, Status::failed);
  EXPECT_EQ(lock_step(Fn::release, first.next, Value(2)).status, Status::failed);
  EXPECT_EQ(lock_step(Fn::release, first.next, Value()).status, Status::failed);
  const LockStep released = lock_step(Fn::release, first.next, Value(1));
  EXPECT_EQ(released.next, lock(1, false));
  EXPECT_EQ(lock_step(Fn::release, released.next, Value(1)).status, Status::failed);
  EXPECT_EQ(lock_step(Fn::acquire, released.next, Value()).result, Value(2));
}

TEST(Locks, WhoHasSeenTheTokenForLongEnoughTakesTheLockOver) {
  const LockStep over = lock_step(Fn::acquire, lock(4, true), Value(4));
  EXPECT_EQ(over.status, Status::ok);
  EXPECT_EQ(over.result, Value(5));
  EXPECT_EQ(lock_step(Fn::acquire, lock(5, true), Value(4)).status, Status::failed);
  EXPECT_EQ(lock_step(Fn::release, over.next, Value(4)).status, Status::failed);
}

TEST(Locks, AFenceLetsNoOlderTokenPass) {
  EXPECT_EQ(lock_step(Fn::fence, Value(), Value(3)).next, Value(3));
  EXPECT_EQ(lock_step(Fn::fence, Value(3), Value(3)).status, Status::ok);
  EXPECT_EQ(lock_step(Fn::fence, Value(3), Value(4)).next, Value(4));
  EXPECT_EQ(lock_step(Fn::fence, Value(3), Value(2)).status, Status::failed);
}

TEST(Locks, OtherValuesAndArgumentsAreRefused) {
  EXPECT_EQ(lock_step(Fn::acquire, Value(7), Value()).status, Status::wrong_type);
  EXPECT_EQ(lock_step(Fn::acquire, lock(INT64_MAX, false), Value()).status, Status::wrong_type);
  EXPECT_EQ(lock_step(Fn::release, Value::list({1, 2}), Value(1)).status, Status::wrong_type);
  EXPECT_EQ(lock_step(Fn::acquire, Value(), Value::text("x")).status, Status::bad_request);
  EXPECT_EQ(lock_step(Fn::fence, Value::text("x"), Value(1)).status, Status::wrong_type);
  EXPECT_EQ(lock_step(Fn::fence, Value(), Value()).status, Status::bad_request);
}

// A write behind a fence that refuses does not happen.
TEST(Locks, TheFenceRefusesTheWholeRequest) {
  StateMachine machine(StateMachineOptions{});
  std::uint64_t number = 0;
  const auto apply = [&](std::vector<Mop> mops) {
    const std::string body =
        machine.apply(machine.applied_index() + 1, wire::encode_command({1, ++number, 1, mops}));
    return wire::decode_answer(wire::encode_answer(number, 1, body)).value();
  };
  EXPECT_EQ(apply({{Fn::acquire, 1, {}, {}}}).results, std::vector<Value>{Value(1)});
  EXPECT_EQ(apply({{Fn::acquire, 1, {}, {}}}).status, Status::failed);
  EXPECT_EQ(apply({{Fn::acquire, 1, Value(1), {}}}).results, std::vector<Value>{Value(2)});
  EXPECT_EQ(apply({{Fn::fence, 2, Value(2), {}}, {Fn::write, 3, 20, {}}}).status, Status::ok);
  EXPECT_EQ(apply({{Fn::fence, 2, Value(1), {}}, {Fn::write, 3, 10, {}}}).status, Status::failed);
  EXPECT_EQ(machine.get(3), Value(20));
  EXPECT_EQ(machine.get(1), lock(2, true));
}

}  // namespace
}  // namespace assay::refdb
