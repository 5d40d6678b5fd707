// Claims about what each process sees one after the other: session (where values or lists tell the order of versions)
// and watch.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "checkers/verify/common.h"
#include "checkers/verify/observations.h"

namespace assay::checkers {

namespace {

// The newest version of a key that a process has read or written, and in which operation.
struct Newest {
  std::int64_t rank = INT64_MIN;
  OpId id = 0;

  // Of several operations, older versions are refused.
  bool newer_than(std::int64_t other, OpId by) const { return rank > other && id != by; }
  void raise(std::int64_t other, OpId by) {
    if (other > rank) *this = {other, by};
  }
};

class Sessions {
 public:
  explicit Sessions(std::string guarantees) : guarantees_(std::move(guarantees)) {}

  bool wants(const std::string& name) const {
    return guarantees_.empty() || ("," + guarantees_ + ",").find("," + name + ",") != std::string::npos;
  }
  std::string read(const Operation& op, Key key, std::int64_t rank) {
    any_ = true;
    auto& [read, written] = seen_[{op.process, key}];
    if (wants_one("read-your-writes") && written.newer_than(rank, op.id))
      return complain(op.id, "reads something older than its process wrote");
    if (wants_one("monotonic-reads") && read.newer_than(rank, op.id))
      return complain(op.id, "reads something older than its process read");
    read.raise(rank, op.id);
    return {};
  }
  // `unique`: what was read before it was written is too new.
  std::string write(const Operation& op, Key key, std::int64_t rank, bool unique) {
    auto& [read, written] = seen_[{op.process, key}];
    if (wants_one("monotonic-writes") && written.newer_than(rank, op.id))
      return complain(op.id, "writes something older than its process wrote");
    const bool same = unique && read.rank == rank && read.id != op.id;
    if (wants_one("writes-follow-reads") && (read.newer_than(rank, op.id) || same))
      return complain(op.id, "writes something no newer than its process read");
    written.raise(rank, op.id);
    return {};
  }
  bool any() const { return any_; }

 private:
  bool wants_one(const std::string& name) const { return wants(name) || wants("session-causal"); }

  std::string guarantees_;
  std::map<std::pair<ProcessId, Key>, std::pair<Newest, Newest>> seen_;  // read, written
  bool any_ = false;
};

// The place of each element in the longest list that was read of its key; lists that are no beginnings of it have none.
std::string rank_elements(const History& history, std::map<Key, std::map<Value, std::int64_t>>& places) {
  std::map<Key, std::vector<Value>> longest;
  std::map<Key, std::set<Value>> appended;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::append && op.outcome != Outcome::fail) appended[mop.key].insert(mop.argument);
      if (mop.fn != Fn::read || op.outcome != Outcome::ok) continue;
      std::vector<Value> list = elements_of(mop.result);
      if (list.size() > longest[mop.key].size()) longest[mop.key] = std::move(list);
    }
  }
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || op.outcome != Outcome::ok) continue;
      const std::vector<Value> list = elements_of(mop.result);
      if (!std::equal(list.begin(), list.end(), longest[mop.key].begin()))
        return complain(op.id, "reads no beginning of the longest list");
    }
  }
  for (const auto& [key, list] : longest) {
    for (const Value& element : list) {
      if (!appended[key].contains(element)) return "Nobody appended " + element.to_string() + ".";
      const auto place = static_cast<std::int64_t>(places[key].size()) + 1;
      if (!places[key].emplace(element, place).second) return element.to_string() + " was read twice.";
    }
  }
  return {};
}

// Empty, or what is wrong with an operation. Values say themselves which is newer, elements by their places.
std::string follow(const Operation& op, const Mop& mop, bool lists,
                   std::map<Key, std::map<Value, std::int64_t>>& places, Sessions& sessions) {
  if (lists) {
    if (mop.fn == Fn::read)
      return sessions.read(op, mop.key, static_cast<std::int64_t>(elements_of(mop.result).size()));
    if (mop.fn != Fn::append) return {};
    const auto place = places[mop.key].find(mop.argument);
    return sessions.write(op, mop.key, place == places[mop.key].end() ? INT64_MAX : place->second, true);
  }
  const auto rank = [](const Value& value) { return value.is_integer() ? value.as_integer() : INT64_MIN; };
  if (reads(op, mop)) {
    std::string wrong = sessions.read(op, mop.key, rank(read_by(mop)));
    if (!wrong.empty()) return wrong;
  }
  return writes(mop) ? sessions.write(op, mop.key, rank(written(mop)), false) : "";
}

}  // namespace

std::string refute_session(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"guarantees", "versions"});
  if (!wrong.empty()) return wrong;
  const std::string versions = option_of(certificate, "versions", "");
  if (versions != "lists" && versions != "monotonic") return "Its versions are none that can be confirmed.";
  std::map<Key, std::map<Value, std::int64_t>> places;
  if (versions == "lists") wrong = rank_elements(history, places);
  if (!wrong.empty()) return wrong;
  Sessions sessions(option_of(certificate, "guarantees", ""));
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (op.outcome != Outcome::ok) continue;
      wrong = follow(op, mop, versions == "lists", places, sessions);
      if (!wrong.empty()) return wrong;
    }
  }
  return sessions.any() ? "" : kNothing;
}

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
