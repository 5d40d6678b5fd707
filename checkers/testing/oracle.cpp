#include "checkers/testing/oracle.h"

#include <map>
#include <vector>

namespace assay::checkers::testing {

namespace {

using Store = std::map<Key, Value>;

// Applies an operation; false if it cannot have happened in this state.
bool apply(const Operation& op, const Value& initial, Store& store) {
  for (const Mop& mop : op.mops) {
    Value& value = store.try_emplace(mop.key, initial).first->second;
    if (mop.fn == Fn::read) {
      if (op.outcome == Outcome::ok && value != mop.result) return false;
    } else if (mop.fn == Fn::write) {
      value = mop.argument;
    } else if (mop.fn == Fn::cas) {
      if (value != mop.argument.first()) return false;
      value = mop.argument.second();
    } else if (mop.fn == Fn::append) {
      std::vector<Value> elements;
      if (value.kind() == Value::Kind::list) elements.assign(value.as_list().begin(), value.as_list().end());
      elements.push_back(mop.argument);
      value = Value::list(elements);
    } else {
      value = Value((value.is_integer() ? value.as_integer() : 0) + mop.argument.as_integer());
    }
  }
  return true;
}

bool search(const std::vector<Operation>& ops, std::vector<bool>& done, const Value& initial,
            const Store& store) {
  bool finished = true;
  for (std::size_t i = 0; i < ops.size(); ++i)
    finished = finished && (done[i] || ops[i].outcome == Outcome::info);
  if (finished) return true;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (done[i]) continue;
    bool may_be_next = true;
    for (std::size_t j = 0; j < ops.size(); ++j)
      may_be_next = may_be_next && (done[j] || !ops[j].precedes(ops[i]));
    Store next = store;
    if (!may_be_next || !apply(ops[i], initial, next)) continue;
    done[i] = true;
    const bool found = search(ops, done, initial, next);
    done[i] = false;
    if (found) return true;
  }
  return false;
}

}  // namespace

bool linearizable_by_brute_force(const History& history, const Value& initial) {
  std::vector<Operation> ops;
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::fail) ops.push_back(op);
  }
  std::vector<bool> done(ops.size(), false);
  return search(ops, done, initial, {});
}

}  // namespace assay::checkers::testing
