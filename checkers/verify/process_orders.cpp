// An order for each process, for pram and causal-memory: it has every write and all that the process did, in the order of
// each process; replayed, each read of the process finds the last write. With causal-memory it has the reads of others,
// too, behind what they found.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

namespace {

bool changes(const Operation& op) { return !last_writes(op).empty(); }

class Verifier {
 public:
  Verifier(const History& history, bool causal, Value initial)
      : history_(history), causal_(causal), initial_(std::move(initial)) {}

  std::string refute(const Certificate& certificate) {
    for (const Operation op : history_.operations()) {
      for (const Mop& mop : op.mops) {
        if (mop.fn != Fn::read && !writes(mop)) return complain(op.id, "is not one of registers");
      }
      note_writes(op);
    }
    std::set<Key> processes;
    for (const Certificate::Object& object : certificate.objects) {
      if (!processes.insert(object.key).second) return "A process has two orders.";
      const std::string wrong = refute(object);
      if (!wrong.empty()) return "Of process " + std::to_string(object.key) + ": " + wrong;
    }
    for (const Operation op : history_.operations()) {
      if (op.outcome == Outcome::ok && !processes.contains(op.process))
        return "Process " + std::to_string(op.process) + " has no order.";
    }
    return {};
  }

 private:
  using Version = std::pair<Key, Value>;

  void note_writes(const Operation& op) {
    if (op.outcome == Outcome::fail) return;
    for (const auto& version : last_writes(op)) {
      if (!versions_.insert(version).second) twice_.insert(version);
    }
  }

  std::string refute(const Certificate::Object& object) {
    std::vector<bool> placed(history_.size(), false);
    std::map<ProcessId, OpId> latest;
    std::map<Key, Value> state;
    std::set<Version> done;
    std::set<OpId> unknown;
    for (const OpId id : object.order) {
      std::string wrong = take(history_, id, placed);
      if (!wrong.empty()) return wrong;
      const Operation op = history_.at(id);
      const auto [before, first] = latest.try_emplace(op.process, id);
      if (!first && before->second > id) return complain(id, "stands after a later one of its process");
      before->second = id;
      wrong = look_at(op, op.process == object.key, state, done);
      if (!wrong.empty()) return complain(id, wrong);
      for (const auto& [key, value] : last_writes(op)) {
        state[key] = value;
        done.insert({key, value});
      }
      if (op.outcome == Outcome::info && changes(op)) unknown.insert(id);
    }
    for (const Operation op : history_.operations()) {
      const bool wanted = causal_ || op.process == object.key || changes(op);
      if (op.outcome == Outcome::ok && wanted && !placed[op.id]) return complain(op.id, "is missing");
    }
    if (!any_order_) unknown_ = unknown;
    any_order_ = true;
    return unknown == unknown_ ? ""
                               : "It lets other operations of unknown outcome happen than the first order.";
  }

  // What is wrong with the reads of an operation where it stands.
  std::string look_at(const Operation& op, bool own, const std::map<Key, Value>& state,
                      const std::set<Version>& done) const {
    std::map<Key, Value> inside;
    for (const Mop& mop : op.mops) {
      if (reads(op, mop)) {
        const Value value = read_by(mop);
        const auto mine = inside.find(mop.key);
        if (mine != inside.end()) {
          if ((own || causal_) && mine->second != value) return "does not see its own write";
        } else if (own) {
          const auto found = state.find(mop.key);
          if (value != (found == state.end() ? initial_ : found->second))
            return "does not read the last write";
        }
        if (causal_ && mine == inside.end()) {
          if (twice_.contains({mop.key, value})) return "reads what was written twice";
          if (value != initial_ && !done.contains({mop.key, value}))
            return "reads what was not written before it";
        }
      }
      if (writes(mop)) inside[mop.key] = written(mop);
    }
    return {};
  }

  const History& history_;
  bool causal_;
  Value initial_;
  std::set<Version> versions_, twice_;
  std::set<OpId> unknown_;  // of unknown outcome, in the first order
  bool any_order_ = false;
};

}  // namespace

std::string refute_process_orders(const History& history, const Certificate& certificate) {
  Value initial;
  if (!initial_value(certificate, initial)) return kNoInitial;
  return Verifier(history, certificate.claim == "causal-memory", initial).refute(certificate);
}

}  // namespace assay::checkers
