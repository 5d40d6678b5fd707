#include "checkers/testing/txn_oracle.h"

#include <algorithm>
#include <vector>

namespace assay::checkers::testing {

namespace {

class Oracle {
 public:
  Oracle(const History& history, TxnOrder order) : order_(order) {
    for (const Operation op : history.operations()) {
      if (op.outcome != Outcome::fail) transactions_.push_back(op);
    }
    for (const Operation& op : transactions_) {
      for (const Mop& mop : op.mops) {
        if (std::find(keys_.begin(), keys_.end(), mop.key) == keys_.end()) keys_.push_back(mop.key);
      }
    }
    versions_.resize(keys_.size());
    started_.resize(transactions_.size());
    committed_.resize(transactions_.size());
    snapshots_.resize(transactions_.size());
  }

  bool serial() {
    if (all_ok_committed()) return true;
    for (std::size_t i = 0; i < transactions_.size(); ++i) {
      if (committed_[i] || !may_start(i)) continue;
      take_snapshot(i);
      if (!reads_fit(i)) continue;
      commit(i);
      if (serial()) return true;
      undo_commit(i);
    }
    return false;
  }

  bool snapshots() {
    if (all_ok_committed()) return true;
    for (std::size_t i = 0; i < transactions_.size(); ++i) {
      if (committed_[i]) continue;
      if (!started_[i]) {
        if (!may_start(i)) continue;
        take_snapshot(i);
        if (!reads_fit(i)) continue;
        started_[i] = true;
        if (snapshots()) return true;
        started_[i] = false;
      } else if (nobody_wrote_since(i)) {
        commit(i);
        if (snapshots()) return true;
        undo_commit(i);
      }
    }
    return false;
  }

 private:
  std::size_t place_of(Key key) const {
    return static_cast<std::size_t>(std::find(keys_.begin(), keys_.end(), key) - keys_.begin());
  }

  bool all_ok_committed() const {
    for (std::size_t i = 0; i < transactions_.size(); ++i) {
      if (transactions_[i].outcome == Outcome::ok && !committed_[i]) return false;
    }
    return true;
  }

  bool before(const Operation& a, const Operation& b) const {
    if (order_ == TxnOrder::none || !a.precedes(b)) return false;
    return order_ == TxnOrder::realtime || a.process == b.process;
  }

  // Nobody who must come first is missing, and nobody who must come later is there.
  bool may_start(std::size_t i) const {
    for (std::size_t j = 0; j < transactions_.size(); ++j) {
      const bool missing = transactions_[j].outcome == Outcome::ok && !committed_[j];
      if (missing && before(transactions_[j], transactions_[i])) return false;
    }
    return true;
  }

  void take_snapshot(std::size_t i) {
    snapshots_[i].clear();
    for (const auto& elements : versions_) snapshots_[i].push_back(elements.size());
  }

  bool reads_fit(std::size_t i) const {
    const Operation& op = transactions_[i];
    if (op.outcome != Outcome::ok) return true;
    for (std::size_t m = 0; m < op.mops.size(); ++m) {
      if (op.mops[m].fn != Fn::read) continue;
      const std::size_t place = place_of(op.mops[m].key);
      std::vector<Value> seen(versions_[place].begin(),
                              versions_[place].begin() + static_cast<std::ptrdiff_t>(snapshots_[i][place]));
      bool list = false;
      for (std::size_t w = 0; w < m; ++w) {
        if (op.mops[w].fn != Fn::read && op.mops[w].key == op.mops[m].key)
          seen.push_back(op.mops[w].argument);
      }
      const Value& result = op.mops[m].result;
      list = result.kind() == Value::Kind::list;
      if (list) {
        const auto elements = result.as_list();
        if (!std::equal(elements.begin(), elements.end(), seen.begin(), seen.end())) return false;
      } else if (seen.empty() ? !result.is_nil() : seen.back() != result) {
        return false;
      }
    }
    return true;
  }

  bool nobody_wrote_since(std::size_t i) const {
    for (const Mop& mop : transactions_[i].mops) {
      const std::size_t place = place_of(mop.key);
      if (mop.fn != Fn::read && versions_[place].size() != snapshots_[i][place]) return false;
    }
    return true;
  }

  void commit(std::size_t i) {
    committed_[i] = true;
    for (const Mop& mop : transactions_[i].mops) {
      if (mop.fn != Fn::read) versions_[place_of(mop.key)].push_back(mop.argument);
    }
  }

  void undo_commit(std::size_t i) {
    committed_[i] = false;
    for (const Mop& mop : transactions_[i].mops) {
      if (mop.fn != Fn::read) versions_[place_of(mop.key)].pop_back();
    }
  }

  TxnOrder order_;
  std::vector<Operation> transactions_;
  std::vector<Key> keys_;
  std::vector<std::vector<Value>> versions_;  // of each key, all that were committed
  std::vector<bool> started_;
  std::vector<bool> committed_;
  std::vector<std::vector<std::size_t>>
      snapshots_;  // of each transaction, how many versions of each key it sees
};

}  // namespace

bool serializable_by_brute_force(const History& history, TxnOrder order) {
  return Oracle(history, order).serial();
}

bool snapshot_isolated_by_brute_force(const History& history, TxnOrder order) {
  return Oracle(history, order).snapshots();
}

}  // namespace assay::checkers::testing
