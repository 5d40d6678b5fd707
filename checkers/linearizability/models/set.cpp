#include "checkers/linearizability/models/set.h"

#include <algorithm>

namespace assay::checkers {

namespace {

bool reads_all(const Mop& mop) { return mop.fn == Fn::read && mop.argument.is_nil(); }

std::vector<Value> sorted_elements(const Value& list) {
  std::vector<Value> elements;
  if (list.kind() == Value::Kind::list) elements.assign(list.as_list().begin(), list.as_list().end());
  std::sort(elements.begin(), elements.end());
  return elements;
}

}  // namespace

std::optional<Set::State> Set::step(const State& state, const Operation& op) const {
  const Mop& mop = op.mops.front();
  const bool known = op.outcome == Outcome::ok;
  if (reads_all(mop)) {
    if (known && sorted_elements(mop.result) != state) return std::nullopt;
    return state;
  }
  const auto place = std::lower_bound(state.begin(), state.end(), mop.argument);
  const bool there = place != state.end() && *place == mop.argument;
  const bool told = known && mop.result.kind() == Value::Kind::boolean;
  if (mop.fn == Fn::read) {
    if (told && mop.result.as_boolean() != there) return std::nullopt;
    return state;
  }
  const bool changes = (mop.fn == Fn::add) != there;
  if (told && mop.result.as_boolean() != changes) return std::nullopt;
  if (!changes) return state;
  State after = state;
  if (mop.fn == Fn::add) {
    after.insert(after.begin() + (place - state.begin()), mop.argument);
  } else {
    after.erase(after.begin() + (place - state.begin()));
  }
  return after;
}

bool Set::reads_only(const Operation& op) const {
  const Mop& mop = op.mops.front();
  if (mop.fn == Fn::read) return true;
  return op.outcome == Outcome::ok && mop.result.kind() == Value::Kind::boolean && !mop.result.as_boolean();
}

std::string Set::objection(const Operation& op) const {
  if (std::string why = object_to(op, {Fn::add, Fn::remove, Fn::read}); !why.empty()) return why;
  const Mop& mop = op.mops.front();
  if (op.outcome != Outcome::ok || mop.fn != Fn::read) return {};
  const Value::Kind kind = mop.result.kind();
  if (mop.argument.is_nil() && kind != Value::Kind::list && kind != Value::Kind::nil)
    return "is a read that returned no list";
  if (!mop.argument.is_nil() && kind != Value::Kind::boolean)
    return "is a read of one element that returned no boolean";
  return {};
}

Separable Set::parts(const Operation& op, std::vector<Part>& parts) const {
  const Mop& mop = op.mops.front();
  if (!reads_all(mop)) {
    parts.push_back({mop.key, mop.argument, !reads_only(op)});
    return Separable::yes;
  }
  for (const Value& element : sorted_elements(mop.result)) parts.push_back({mop.key, element, false});
  return Separable::yes;
}

void Set::name_violation(const History& history, std::span<const OpId> witness, std::string& anomaly,
                         std::string& summary) const {
  std::vector<Value> added;
  for (const OpId id : witness) {
    const Mop& mop = history.at(id).mops.front();
    if (mop.fn == Fn::add) added.push_back(mop.argument);
  }
  std::sort(added.begin(), added.end());
  for (const OpId id : witness) {
    const Mop& mop = history.at(id).mops.front();
    if (!reads_all(mop)) continue;
    const std::vector<Value> seen = sorted_elements(mop.result);
    const auto twice = std::adjacent_find(seen.begin(), seen.end());
    if (twice != seen.end()) {
      anomaly = "duplicate-element";
      summary =
          "Operation " + std::to_string(id) + " read element " + twice->to_string() + " twice in one set.";
      return;
    }
    for (const Value& element : seen) {
      if (std::binary_search(added.begin(), added.end(), element)) continue;
      anomaly = "phantom-element";
      summary = "Operation " + std::to_string(id) + " read element " + element.to_string() +
                ", which no operation added.";
      return;
    }
  }
}

void Set::drop_useless(const History& history, std::vector<OpId>& ids) const {
  std::vector<Value> named;
  bool any_info = false;
  for (const OpId id : ids) any_info = any_info || history.at(id).outcome == Outcome::info;
  if (!any_info) return;
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    const Mop& mop = op.mops.front();
    if (op.outcome != Outcome::ok) continue;
    if (!mop.argument.is_nil()) named.push_back(mop.argument);
    if (!reads_all(mop) || mop.result.is_nil()) continue;
    named.insert(named.end(), mop.result.as_list().begin(), mop.result.as_list().end());
  }
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  std::erase_if(ids, [&](OpId id) {
    const Operation op = history.at(id);
    return op.outcome == Outcome::info &&
           !std::binary_search(named.begin(), named.end(), op.mops.front().argument);
  });
}

}  // namespace assay::checkers
