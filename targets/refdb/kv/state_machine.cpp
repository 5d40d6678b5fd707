#include "targets/refdb/kv/state_machine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/kv/edits.h"
#include "targets/refdb/kv/locks.h"

namespace assay::refdb {

namespace {

std::string body_of(wire::Status status, std::vector<Value> results = {}) {
  wire::ClientAnswer answer;
  answer.status = status;
  answer.results = std::move(results);
  return wire::encode_answer_body(answer);
}

}  // namespace

bool StateMachine::supports(const Mop& mop) {
  switch (mop.fn) {
    case Fn::read:
    case Fn::write:
    case Fn::append:
    case Fn::add:
    case Fn::remove:
    case Fn::insert:
    case Fn::erase:
    case Fn::acquire:
    case Fn::release:
    case Fn::fence:
    case Fn::backup:
    case Fn::restore:
      return true;
    case Fn::cas:
      return mop.argument.kind() == Value::Kind::pair;
    default:
      return false;
  }
}

StateMachine::StateMachine(StateMachineOptions options) : options_(options) {}

std::string StateMachine::apply(std::uint64_t index, std::string_view command) {
  skip(index);
  const std::optional<wire::ClientRequest> request = wire::decode_command(command);
  if (!request) return body_of(wire::Status::bad_request);
  if (!options_.ignore_sessions) {
    const auto found = sessions_.find(request->client);
    if (found != sessions_.end()) {
      if (found->second.number == request->number) return found->second.body;
      if (found->second.number > request->number) return body_of(wire::Status::too_stale);
    }
  }
  std::string body = apply_mops(request->mops);
  remember(request->client, request->number, index, body);
  dirty_clients_.push_back(request->client);
  return body;
}

void StateMachine::skip(std::uint64_t index) {
  ASSAY_ASSERT(index > applied_index_);
  applied_index_ = index;
  dirty_index_ = true;
}

std::string StateMachine::apply_mops(const std::vector<Mop>& mops) {
  undo_.clear();
  std::vector<Value> results(mops.size());
  for (std::size_t i = 0; i < mops.size(); ++i) {
    const wire::Status status = apply_mop(mops[i], results[i]);
    if (status == wire::Status::ok) continue;
    for (auto entry = undo_.rbegin(); entry != undo_.rend(); ++entry) {
      if (entry->second.is_nil()) {
        values_.erase(entry->first);
      } else {
        values_[entry->first] = entry->second;
      }
    }
    return body_of(status);
  }
  for (const auto& entry : undo_) dirty_keys_.push_back(entry.first);
  return body_of(wire::Status::ok, std::move(results));
}

wire::Status StateMachine::apply_mop(const Mop& mop, Value& result) {
  const Value current = get(mop.key);
  std::optional<Value> next;
  switch (mop.fn) {
    case Fn::read:
      result = current;
      return wire::Status::ok;
    case Fn::write:
      next = mop.argument;
      break;
    case Fn::cas:
      if (mop.argument.kind() != Value::Kind::pair) return wire::Status::bad_request;
      if (mop.argument.first() != current) return wire::Status::failed;
      next = mop.argument.second();
      break;
    case Fn::append:
    case Fn::add:
    case Fn::remove:
    case Fn::insert:
    case Fn::erase:
      next = edited(mop.fn, current, mop.argument);
      break;
    case Fn::acquire:
    case Fn::release:
    case Fn::fence: {
      LockStep step = lock_step(mop.fn, current, mop.argument);
      if (step.status != wire::Status::ok) return step.status;
      next = std::move(step.next);
      result = std::move(step.result);
      break;
    }
    case Fn::backup:
      return make_backup(mop.argument, result);
    case Fn::restore:
      return restore_backup(mop.argument);
    default:
      return wire::Status::bad_request;
  }
  if (!next) return wire::Status::wrong_type;
  undo_.emplace_back(mop.key, current);
  set(mop.key, std::move(*next));
  return wire::Status::ok;
}

wire::Status StateMachine::make_backup(const Value& named, Value& result) {
  if (!named.is_nil()) {
    result = named;
    return wire::Status::ok;
  }
  backups_[applied_index_] = std::make_shared<const std::map<Key, Value>>(values_);
  dirty_backups_.push_back(applied_index_);
  while (backups_.size() > options_.backups_max) {
    dirty_backups_.push_back(backups_.begin()->first);
    backups_.erase(backups_.begin());
  }
  result = Value(static_cast<std::int64_t>(applied_index_));
  return wire::Status::ok;
}

wire::Status StateMachine::restore_backup(const Value& wanted) {
  std::map<Key, Value> then;
  if (wanted.kind() == Value::Kind::list) {
    for (const Value& pair : wanted.as_list()) {
      if (pair.kind() != Value::Kind::pair || !pair.first().is_integer()) return wire::Status::bad_request;
      then[pair.first().as_integer()] = pair.second();
    }
  } else if (wanted.is_integer() && wanted.as_integer() >= 0) {
    const auto found = backups_.find(static_cast<std::uint64_t>(wanted.as_integer()));
    if (found == backups_.end()) return wire::Status::failed;
    then = *found->second;
  } else {
    return wire::Status::failed;
  }
  const std::map<Key, Value> before = std::exchange(values_, std::move(then));
  for (const auto& [key, value] : before) undo_.emplace_back(key, value);
  for (const auto& [key, value] : values_) {
    if (!before.contains(key)) undo_.emplace_back(key, Value());
  }
  return wire::Status::ok;
}

// Writing nil removes the key: absent and nil read the same.
void StateMachine::set(Key key, Value value) {
  if (value.is_nil()) {
    values_.erase(key);
  } else {
    values_[key] = std::move(value);
  }
}

Value StateMachine::get(Key key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? Value() : found->second;
}

std::string StateMachine::read(const std::vector<Mop>& mops) const {
  std::vector<Value> results;
  results.reserve(mops.size());
  for (const Mop& mop : mops) results.push_back(get(mop.key));
  return body_of(wire::Status::ok, std::move(results));
}

std::string_view StateMachine::answered(std::uint64_t client, std::uint64_t number) const {
  if (options_.ignore_sessions) return {};
  const auto found = sessions_.find(client);
  if (found == sessions_.end() || found->second.number != number) return {};
  return found->second.body;
}

void StateMachine::remember(std::uint64_t client, std::uint64_t number, std::uint64_t index,
                            std::string_view body) {
  const auto [found, is_new] = sessions_.try_emplace(client);
  Session& session = found->second;
  if (is_new) {
    session.place = by_age_.insert(by_age_.end(), client);
  } else {
    by_age_.splice(by_age_.end(), by_age_, session.place);
  }
  session.number = number;
  session.index = index;
  session.body = body;
  while (sessions_.size() > options_.sessions_max) forget_oldest();
}

void StateMachine::forget(std::uint64_t client) {
  const auto found = sessions_.find(client);
  if (found == sessions_.end()) return;
  by_age_.erase(found->second.place);
  sessions_.erase(found);
}

void StateMachine::forget_oldest() {
  const std::uint64_t client = by_age_.front();
  by_age_.pop_front();
  sessions_.erase(client);
  dirty_clients_.push_back(client);
}

}  // namespace assay::refdb
