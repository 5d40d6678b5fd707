#include "checkers/testing/oracle.h"

#include <algorithm>
#include <map>
#include <vector>

namespace assay::checkers::testing {

namespace {

using Store = std::map<Key, Value>;
using Elements = std::vector<Value>;

Elements elements_of(const Value& value) {
  if (value.kind() != Value::Kind::list) return {};
  return {value.as_list().begin(), value.as_list().end()};
}

std::int64_t integer_of(const Value& value) { return value.is_integer() ? value.as_integer() : 0; }

// Applies a step to a register, a list or a number; false if it cannot have happened in this state.
bool apply_plain(const Mop& mop, bool known, Value& value) {
  const auto absent = [](const Value& each) { return each.is_nil() || each == Value::list({}); };
  if (mop.fn == Fn::read) return !known || value == mop.result || (absent(value) && absent(mop.result));
  if (mop.fn == Fn::write) {
    value = mop.argument;
  } else if (mop.fn == Fn::cas) {
    if (value != mop.argument.first()) return false;
    value = mop.argument.second();
  } else if (mop.fn == Fn::append) {
    Elements elements = elements_of(value);
    elements.push_back(mop.argument);
    value = Value::list(elements);
  } else {
    value = Value(integer_of(value) + mop.argument.as_integer());
  }
  return true;
}

bool apply_counter(const Mop& mop, bool known, Value& value) {
  std::int64_t count = integer_of(value);
  if (mop.fn == Fn::add) count += mop.argument.as_integer();
  value = Value(count);
  if (!known || (mop.fn == Fn::add && mop.result.is_nil())) return true;
  return integer_of(mop.result) == count;
}

bool apply_set(const Mop& mop, bool known, Value& value) {
  Elements elements = elements_of(value);
  const auto place = std::find(elements.begin(), elements.end(), mop.argument);
  const bool there = place != elements.end();
  if (mop.fn == Fn::read) {
    if (!known) return true;
    if (!mop.argument.is_nil()) return mop.result == Value::boolean(there);
    Elements seen = elements_of(mop.result);
    std::sort(seen.begin(), seen.end());
    std::sort(elements.begin(), elements.end());
    return seen == elements;
  }
  const bool changes = mop.fn == Fn::add ? !there : there;
  if (known && !mop.result.is_nil() && mop.result != Value::boolean(changes)) return false;
  if (changes && mop.fn == Fn::add) elements.push_back(mop.argument);
  if (changes && mop.fn == Fn::remove) elements.erase(place);
  std::sort(elements.begin(), elements.end());
  value = Value::list(elements);
  return true;
}

// A lock is nil while free and never held; else the list of whether it is held, and the tokens that were
// given. A token that nobody knows is every number it might be: those just above the tokens of the history.
std::vector<Value> apply_lock(const Mop& mop, bool known, bool fenced, const Elements& tokens,
                              const Value& value) {
  Elements state = elements_of(value);
  const bool held = !state.empty() && state.front() == Value::boolean(true);
  if ((mop.fn == Fn::acquire) == held) return {};
  const Value last = state.size() > 1 ? state[1] : Value();
  if (!fenced) return {Value::list({Value::boolean(!held)})};
  std::vector<Value> reached;
  if (mop.fn == Fn::release) {
    if (mop.argument.is_integer() && mop.argument != last) return {};
    return {Value::list({Value::boolean(false), last})};
  }
  for (const Value& token : tokens) {
    if (known && mop.result.is_integer() && token != mop.result) continue;
    if (last.is_nil() || token > last) reached.push_back(Value::list({Value::boolean(true), token}));
  }
  return reached;
}

std::vector<Value> apply_collection(const Mop& mop, bool known, const std::string& model,
                                    const Value& value) {
  Elements elements = elements_of(value);
  if (mop.fn == Fn::enqueue || mop.fn == Fn::push) {
    elements.push_back(mop.argument);
    return {Value::list(elements)};
  }
  std::vector<Value> reached;
  if (elements.empty() && (!known || mop.result.is_nil())) reached.push_back(value);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (known && elements[i] != mop.result) continue;
    if (model == "fifo-queue" && i != 0) continue;
    if (model == "stack" && i + 1 != elements.size()) continue;
    const Value least = *std::min_element(elements.begin(), elements.end());
    if (model == "priority-queue" && elements[i] != least) continue;
    Elements rest = elements;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    reached.push_back(Value::list(rest));
  }
  return reached;
}

struct Problem {
  std::string model;
  Value initial;
  Elements tokens;
  bool by_time = true;
  std::vector<Operation> ops;
};

// Every state that the operation may lead to.
std::vector<Store> apply(const Problem& problem, const Operation& op, const Store& store) {
  std::vector<Store> stores{store};
  const bool known = op.outcome == Outcome::ok;
  for (const Mop& mop : op.mops) {
    std::vector<Store> next;
    for (const Store& each : stores) {
      const auto found = each.find(mop.key);
      const Value before = found == each.end() ? problem.initial : found->second;
      std::vector<Value> reached;
      Value after = before;
      if (problem.model == "counter") {
        if (apply_counter(mop, known, after)) reached = {after};
      } else if (problem.model == "set") {
        if (apply_set(mop, known, after)) reached = {after};
      } else if (problem.model == "mutex" || problem.model == "fenced-mutex") {
        reached = apply_lock(mop, known, problem.model == "fenced-mutex", problem.tokens, before);
      } else if (problem.model.ends_with("queue") || problem.model == "stack") {
        reached = apply_collection(mop, known, problem.model, before);
      } else if (apply_plain(mop, known, after)) {
        reached = {after};
      }
      for (const Value& value : reached) {
        next.push_back(each);
        next.back()[mop.key] = value;
      }
    }
    stores = std::move(next);
  }
  return stores;
}

bool comes_before(const Problem& problem, const Operation& a, const Operation& b) {
  return problem.by_time ? a.precedes(b) : a.process == b.process && a.id < b.id;
}

bool search(const Problem& problem, std::vector<bool>& done, const Store& store) {
  const std::vector<Operation>& ops = problem.ops;
  bool finished = true;
  for (std::size_t i = 0; i < ops.size(); ++i)
    finished = finished && (done[i] || ops[i].outcome == Outcome::info);
  if (finished) return true;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (done[i]) continue;
    bool may_be_next = true;
    for (std::size_t j = 0; j < ops.size(); ++j)
      may_be_next = may_be_next && (done[j] || !comes_before(problem, ops[j], ops[i]));
    if (!may_be_next) continue;
    for (const Store& next : apply(problem, ops[i], store)) {
      done[i] = true;
      const bool found = search(problem, done, next);
      done[i] = false;
      if (found) return true;
    }
  }
  return false;
}

bool decide(const History& history, const Value& initial, const std::string& model, bool by_time) {
  Problem problem{model, initial, {}, by_time, {}};
  const bool plain = model == "kv" || model.ends_with("register") || model == "append-list";
  if (!plain && model != "counter") problem.initial = Value();
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::fail) problem.ops.push_back(op);
    for (const Mop& mop : op.mops) {
      for (const Value& token : {mop.argument, mop.result}) {
        // One that is unknown may lie anywhere in between.
        for (std::int64_t above = 0; token.is_integer() && above < 4; ++above)
          problem.tokens.push_back(Value(token.as_integer() + above));
      }
    }
  }
  for (std::int64_t token = -4; token < 0; ++token) problem.tokens.push_back(Value(token));
  std::sort(problem.tokens.begin(), problem.tokens.end());
  problem.tokens.erase(std::unique(problem.tokens.begin(), problem.tokens.end()), problem.tokens.end());
  std::vector<bool> done(problem.ops.size(), false);
  return search(problem, done, {});
}

}  // namespace

bool linearizable_by_brute_force(const History& history, const Value& initial, const std::string& model) {
  return decide(history, initial, model, true);
}

bool sequential_by_brute_force(const History& history, const Value& initial, const std::string& model) {
  return decide(history, initial, model, false);
}

}  // namespace assay::checkers::testing
