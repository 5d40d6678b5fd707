// A store of keys to replay operations on: a map from keys to registers, lists and numbers.
//
// Thread safety: none. Complexity: the logarithm of the keys for each micro-operation; a list that is read is compared
// whole, and a read by predicate looks at every key.
#pragma once

#include <map>
#include <vector>

#include "checkers/verify/replay.h"
#include "harness/core/checker.h"

namespace assay::checkers {

// What a key holds: a list, or anything else. A list without elements is as good as nil.
struct Cell {
  Value value;
  bool is_list = false;
  std::vector<Value> elements = {};

  bool holds(const Value& seen) const;
  void put(const Value& brought);
};

class Store final : public Replay {
 public:
  explicit Store(const Value& initial) : initial_{initial} {}
  bool apply(const Operation& op) override;
  // For reads by predicate, which find keys that nobody has written yet, too.
  void know_keys(const History& history);
  // The cells that the operation looks at or changes, alone.
  Store part_for(const Operation& op) const;
  void adopt(Key key, Cell cell) { cells_.insert_or_assign(key, std::move(cell)); }
  const Cell& at(Key key) { return cells_.try_emplace(key, initial_).first->second; }

 private:
  bool step(const Mop& mop, bool result_known);
  bool finds(const Mop& scan) const;

  Cell initial_;
  std::map<Key, Cell> cells_;
};

}  // namespace assay::checkers
