// Each stream has every change that anybody tells of, in order and once.
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

namespace {

// A revision with its value; a bookmark has none.
struct Event {
  std::int64_t revision = 0;
  std::optional<Value> value;
};

// False where something is neither an event nor a bookmark.
bool split(const Value& each, Event& event) {
  const bool is_pair = each.kind() == Value::Kind::pair;
  const bool is_two = each.kind() == Value::Kind::list && each.as_list().size() == 2;
  if (!each.is_integer() && !is_pair && !is_two) return false;
  const Value revision = is_pair ? each.first() : is_two ? each.as_list()[0] : each;
  if (!revision.is_integer()) return false;
  event.revision = revision.as_integer();
  if (is_pair) event.value = each.second();
  if (is_two) event.value = each.as_list()[1];
  return true;
}

class Watches {
 public:
  // What changed when, from everybody who tells.
  std::string learn(const Operation& op, const Mop& mop) {
    if (mop.fn == Fn::write) {
      written_[mop.key];
      if (op.outcome != Outcome::fail) written_[mop.key].try_emplace(mop.argument, op.invoked);
      const bool tells = op.outcome == Outcome::ok && mop.result.is_integer();
      return tells ? change(op, mop.key, mop.result.as_integer(), mop.argument) : "";
    }
    if (mop.fn != Fn::watch || op.outcome != Outcome::ok) return {};
    for (const Value& each : elements_of(mop.result)) {
      Event event;
      if (!split(each, event)) return complain(op.id, "watched what is no event");
      std::string wrong = event.value ? change(op, mop.key, event.revision, *event.value) : "";
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  // One stream goes on: nothing twice, nothing left out, nothing from before its beginning.
  std::string follow(const Operation& op, const Mop& mop) {
    std::optional<std::int64_t>& position = positions_[{op.process, mop.key}];
    std::int64_t start = INT64_MIN;
    if (mop.argument.is_integer()) {
      start = mop.argument.as_integer();
      position = start == INT64_MIN ? start : start - 1;
    }
    for (const Value& each : elements_of(mop.result)) {
      Event event;
      split(each, event);
      const bool forward = !position || event.revision > *position;
      if (event.value && (!forward || event.revision < start))
        return complain(op.id, "watched something again, or too early");
      if (position && forward) {
        const auto next = changes_[mop.key].upper_bound(*position);
        const bool left_out =
            next != changes_[mop.key].end() &&
            (next->first < event.revision || (!event.value && next->first == event.revision));
        if (left_out) return complain(op.id, "left out a change");
      }
      if (forward) position = event.revision;
      if (event.value && !brought(op, mop.key, *event.value))
        return complain(op.id, "watched what nobody had written");
    }
    return {};
  }

  // What changed at one revision comes in one response to whoever watches several keys.
  std::string refute_torn(const Operation& op) {
    std::set<std::pair<std::int64_t, Key>> delivered;
    for (const Mop& mop : op.mops) {
      for (const Value& each : mop.fn == Fn::watch ? elements_of(mop.result) : std::vector<Value>()) {
        Event event;
        if (split(each, event) && event.value) delivered.insert({event.revision, mop.key});
      }
    }
    for (const auto& [revision, key] : delivered) {
      for (const Mop& mop : op.mops) {
        const bool asked =
            mop.fn == Fn::watch && (!mop.argument.is_integer() || mop.argument.as_integer() <= revision);
        const bool changed = asked && changes_[mop.key].contains(revision);
        if (changed && !delivered.contains({revision, mop.key}))
          return complain(op.id, "watched a part of a revision");
      }
    }
    any_ = any_ || !delivered.empty();
    return {};
  }
  bool any() const { return any_; }

 private:
  std::string change(const Operation& op, Key key, std::int64_t revision, const Value& value) {
    const bool same = changes_[key].try_emplace(revision, value).first->second == value;
    return same ? "" : complain(op.id, "has another value for a revision");
  }
  // Keys that nobody writes in the history say nothing about values; nil is a deletion.
  bool brought(const Operation& op, Key key, const Value& value) const {
    const auto writes = written_.find(key);
    if (value.is_nil() || writes == written_.end()) return true;
    const auto write = writes->second.find(value);
    return write != writes->second.end() && write->second <= op.completed;
  }

  std::map<Key, std::map<std::int64_t, Value>> changes_;
  std::map<Key, std::map<Value, Nanos>> written_;  // since when
  std::map<std::pair<ProcessId, Key>, std::optional<std::int64_t>> positions_;
  bool any_ = false;
};

}  // namespace

std::string refute_watch(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  Watches watches;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (wrong.empty()) wrong = watches.learn(op, mop);
    }
  }
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::ok) continue;
    for (const Mop& mop : op.mops) {
      if (wrong.empty() && mop.fn == Fn::watch) wrong = watches.follow(op, mop);
    }
    if (wrong.empty()) wrong = watches.refute_torn(op);
  }
  if (!wrong.empty()) return wrong;
  return watches.any() ? "" : kNothing;
}

}  // namespace assay::checkers
