#include "checkers/testing/isolation_oracle.h"

#include <map>
#include <set>
#include <vector>

#include "harness/core/predicate.h"

namespace assay::checkers::testing {

namespace {

using Store = std::map<Key, Value>;

bool absent(const Value& value) {
  return value.is_nil() || (value.kind() == Value::Kind::list && value.as_list().empty());
}

// Keys that nobody touched yet are nil: predicate reads need that to be the initial value.
std::multimap<Key, Value> rows_matching(const Value& predicate, const Store& store) {
  std::multimap<Key, Value> rows;
  for (const auto& [key, value] : store) {
    if (matches(predicate, key, value)) rows.emplace(key, value);
  }
  return rows;
}

std::multimap<Key, Value> rows_found(const Mop& scan) {
  std::multimap<Key, Value> rows;
  if (scan.result.is_nil()) return rows;
  for (const Value& row : scan.result.as_list()) rows.emplace(row.first().as_integer(), row.second());
  return rows;
}

// Runs a transaction on a store; false if it cannot have seen this.
bool run(const Operation& op, const Value& initial, Store& store) {
  for (const Mop& mop : op.mops) {
    if (mop.fn == Fn::scan) {
      if (op.outcome == Outcome::ok && rows_matching(mop.argument, store) != rows_found(mop)) return false;
      continue;
    }
    Value& value = store.try_emplace(mop.key, initial).first->second;
    if (mop.fn == Fn::read) {
      if (op.outcome == Outcome::ok && value != mop.result && !(absent(value) && absent(mop.result)))
        return false;
    } else if (mop.fn == Fn::write) {
      value = mop.argument;
    } else if (mop.fn == Fn::cas) {
      if (value != mop.argument.first()) return false;
      value = mop.argument.second();
    } else {
      std::vector<Value> elements;
      if (value.kind() == Value::Kind::list) elements.assign(value.as_list().begin(), value.as_list().end());
      elements.push_back(mop.argument);
      value = Value::list(elements);
    }
  }
  return true;
}

class Search {
 public:
  Search(const History& history, const Value& initial, KeptOrder kept, bool snapshots)
      : initial_(initial), kept_(kept), snapshots_(snapshots) {
    for (const Operation op : history.operations()) {
      if (op.outcome != Outcome::fail) ops_.push_back(op);
    }
    phase_.assign(ops_.size(), 0);
    snapshot_.resize(ops_.size());
  }

  bool run_all() { return search({}, {}); }

 private:
  // Whether all that must have committed before `op` starts have.
  bool may_start(const Operation& op) const {
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      const Operation& other = ops_[i];
      const bool before = kept_ == KeptOrder::session     ? other.process == op.process && other.id < op.id
                          : kept_ == KeptOrder::real_time ? other.precedes(op)
                                                          : false;
      if (before && phase_[i] != 2) return false;
    }
    return true;
  }

  // `changed`: the number of commits when a key was last written; the length of `log` counts commits.
  bool search(const Store& store, const std::map<Key, std::size_t>& changed) {
    bool finished = true;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      finished = finished && (phase_[i] == 2 || (phase_[i] == 0 && ops_[i].outcome == Outcome::info));
    }
    if (finished) return true;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (phase_[i] == 0 && may_start(ops_[i]) && try_start(i, store, changed)) return true;
      if (phase_[i] == 1 && try_commit(i, store, changed)) return true;
    }
    return false;
  }

  bool try_start(std::size_t i, const Store& store, const std::map<Key, std::size_t>& changed) {
    Store view = store;
    if (!run(ops_[i], initial_, view)) return false;
    phase_[i] = 1;
    snapshot_[i] = {view, commits_};
    // Without snapshots nothing happens between start and commit.
    const bool found = snapshots_ ? search(store, changed) : try_commit(i, store, changed);
    phase_[i] = 0;
    return found;
  }

  bool try_commit(std::size_t i, const Store& store, const std::map<Key, std::size_t>& changed) {
    Store after = store;
    std::map<Key, std::size_t> changed_after = changed;
    const auto [view, started] = snapshot_[i];
    for (const Mop& mop : ops_[i].mops) {
      if (mop.fn == Fn::read || mop.fn == Fn::scan) continue;
      const auto last = changed.find(mop.key);
      if (last != changed.end() && last->second > started) return false;
      after[mop.key] = view.at(mop.key);
      changed_after[mop.key] = commits_ + 1;
    }
    ++commits_;
    phase_[i] = 2;
    const bool found = search(after, changed_after);
    phase_[i] = 1;
    --commits_;
    return found;
  }

  struct Snapshot {
    Store view;
    std::size_t commits = 0;
  };

  Value initial_;
  KeptOrder kept_;
  bool snapshots_;
  std::vector<Operation> ops_;
  std::vector<int> phase_;  // 0: not started, 1: started, 2: committed
  std::vector<Snapshot> snapshot_;
  std::size_t commits_ = 0;
};

}  // namespace

bool serializable_by_brute_force(const History& history, const Value& initial, KeptOrder kept) {
  return Search(history, initial, kept, false).run_all();
}

bool snapshot_isolated_by_brute_force(const History& history, const Value& initial, KeptOrder kept) {
  return Search(history, initial, kept, true).run_all();
}

}  // namespace assay::checkers::testing
