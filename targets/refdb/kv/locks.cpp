#include "targets/refdb/kv/locks.h"

#include <limits>
#include <optional>

#include "harness/core/assert.h"

namespace assay::refdb {

namespace {

struct Lock {
  std::int64_t token = 0;
  bool held = false;
};

std::optional<Lock> lock_of(const Value& value) {
  if (value.is_nil()) return Lock{};
  if (value.kind() != Value::Kind::list || value.as_list().size() != 2) return std::nullopt;
  const Value &token = value.as_list()[0], &held = value.as_list()[1];
  if (!token.is_integer() || held.kind() != Value::Kind::boolean) return std::nullopt;
  return Lock{token.as_integer(), held.as_boolean()};
}

Value value_of(const Lock& lock) { return Value::list({Value(lock.token), Value::boolean(lock.held)}); }

LockStep fence(const Value& current, const Value& token) {
  if (!token.is_integer()) return {wire::Status::bad_request, {}, {}};
  if (!current.is_nil() && !current.is_integer()) return {wire::Status::wrong_type, {}, {}};
  if (current.is_integer() && current.as_integer() > token.as_integer())
    return {wire::Status::failed, {}, {}};
  return {wire::Status::ok, token, {}};
}

}  // namespace

LockStep lock_step(Fn fn, const Value& current, const Value& argument) {
  if (fn == Fn::fence) return fence(current, argument);
  ASSAY_ASSERT(fn == Fn::acquire || fn == Fn::release);
  std::optional<Lock> lock = lock_of(current);
  if (!lock || lock->token == std::numeric_limits<std::int64_t>::max())
    return {wire::Status::wrong_type, {}, {}};
  const bool holders = argument.is_integer() && argument.as_integer() == lock->token && lock->held;
  if (fn == Fn::release) {
    if (!holders) return {wire::Status::failed, {}, {}};
    lock->held = false;
    return {wire::Status::ok, value_of(*lock), {}};
  }
  if (!argument.is_nil() && !argument.is_integer()) return {wire::Status::bad_request, {}, {}};
  if (lock->held && !holders) return {wire::Status::failed, {}, {}};
  lock->held = true;
  ++lock->token;
  return {wire::Status::ok, value_of(*lock), Value(lock->token)};
}

}  // namespace assay::refdb
