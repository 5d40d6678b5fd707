// A store of keys to replay operations on: a map from keys to registers, lists and numbers.
//
// Thread safety: none. Complexity: the logarithm of the keys for each micro-operation; a list that is read is compared
// whole, and a read by predicate looks at every key.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "checkers/verify/replay.h"
#include "harness/core/predicate.h"

namespace assay::checkers {

// What a key holds: a list, or anything else. A list without elements is as good as nil.
struct Cell {
  Value value;
  std::vector<Value> elements = {};

  bool holds(const Value& seen) const {
    if (seen.kind() != Value::Kind::list) return elements.empty() && seen == value;
    const auto list = seen.as_list();
    return value.is_nil() && std::equal(list.begin(), list.end(), elements.begin(), elements.end());
  }
  void put(const Value& brought) {
    const bool is_list = brought.kind() == Value::Kind::list;
    elements.clear();
    if (is_list) elements.assign(brought.as_list().begin(), brought.as_list().end());
    value = is_list ? Value() : brought;
  }
};

class Store final : public Replay {
 public:
  Store(const Value& initial, const History& history) : initial_{initial}, history_(history) {}
  bool apply(const Operation& op) override {
    return std::all_of(op.mops.begin(), op.mops.end(),
                       [&](const Mop& mop) { return step(mop, op.outcome == Outcome::ok); });
  }
  Cell& at(Key key) { return cells_.try_emplace(key, initial_).first->second; }

 private:
  bool step(const Mop& mop, bool result_known) {
    if (mop.fn == Fn::scan) return !result_known || finds(mop);
    Cell& cell = at(mop.key);
    if (mop.fn == Fn::read) return !result_known || cell.holds(mop.result);
    if (mop.fn == Fn::cas && !cell.holds(mop.argument.first())) return false;
    if (mop.fn == Fn::write || mop.fn == Fn::cas) {
      cell.put(mop.fn == Fn::cas ? mop.argument.second() : mop.argument);
      return true;
    }
    if (mop.fn == Fn::append) cell.elements.push_back(mop.argument);
    if (mop.fn == Fn::append) return cell.value.is_nil();
    if (cell.holds(Value())) cell.put(Value(0));
    if (mop.fn != Fn::add || !cell.value.is_integer() || !mop.argument.is_integer()) return false;
    cell.put(Value(cell.value.as_integer() + mop.argument.as_integer()));
    return true;
  }

  // Whether a read by predicate finds what it must: each row that matches, once, also of keys not written yet.
  bool finds(const Mop& scan) {
    if (!is_predicate(scan.argument) || !are_rows(scan.result)) return false;
    for (OpId id = 0; !keys_known_ && id < history_.size(); ++id) {
      for (const Mop& mop : history_.at(id).mops) {
        if (mop.fn != Fn::scan) at(mop.key);
      }
    }
    keys_known_ = true;
    std::map<Key, Value> rows, found;
    for (const auto& [key, cell] : cells_) {
      if (cell.elements.empty() && matches(scan.argument, key, cell.value)) rows.emplace(key, cell.value);
    }
    for (const Value& row : scan.result.is_nil() ? std::span<const Value>() : scan.result.as_list()) {
      if (!found.emplace(row.first().as_integer(), row.second()).second) return false;
    }
    return rows == found;
  }

  Cell initial_;
  const History& history_;
  bool keys_known_ = false;
  std::map<Key, Cell> cells_;
};

}  // namespace assay::checkers
