// What a process reads and writes of a key never goes back, where lists or growing values tell which version is newer.
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/registers.h"

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

}  // namespace assay::checkers
