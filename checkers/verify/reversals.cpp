// The claim of causal-reverse: nobody sees an effect without what was over before its cause began.
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

// The acknowledged writes of a key: the first to end of those that began after some moment.
class Ends {
 public:
  void add(Nanos invoked, Nanos completed) {
    Nanos& end = by_beginning_.try_emplace(invoked, kNever).first->second;
    end = std::min(end, completed);
  }
  void finish() {
    Nanos first = kNever;
    for (auto each = by_beginning_.rbegin(); each != by_beginning_.rend(); ++each)
      first = each->second = std::min(first, each->second);
  }
  Nanos first_after(Nanos time) const {
    const auto next = by_beginning_.upper_bound(time);
    return next == by_beginning_.end() ? kNever : next->second;
  }

 private:
  std::map<Nanos, Nanos> by_beginning_;
};

class Reversal {
 public:
  Reversal(const History& history, Value initial, bool by_process)
      : history_(history), initial_(std::move(initial)), by_process_(by_process) {}

  std::string refute() {
    for (const Operation op : history_.operations()) {
      if (op.outcome == Outcome::fail) continue;
      for (const auto& [key, value] : last_writes(op)) {
        if (!writer_.try_emplace({key, value}, op.id).second) return complain(op.id, "writes a value again");
        if (op.outcome != Outcome::ok) continue;
        ends_[key].add(op.invoked, op.completed);
        of_process_[{op.process, key}].insert(op.id);
      }
    }
    for (auto& [key, ends] : ends_) ends.finish();
    for (const Operation op : history_.operations()) {
      std::string wrong = op.outcome == Outcome::ok ? look_at(op) : "";
      if (!wrong.empty()) return complain(op.id, wrong);
    }
    return any_ ? "" : kNothing;
  }

 private:
  static constexpr OpId kNobody = UINT32_MAX;

  // What an operation reads that it did not write itself, and who wrote it.
  std::string look_at(const Operation& op) {
    std::vector<std::pair<Key, OpId>> found;
    std::map<Key, Value> own;
    for (const Mop& mop : op.mops) {
      if (reads(op, mop) && own.contains(mop.key) && own[mop.key] != read_by(mop))
        return "does not see its own write";
      if (reads(op, mop) && !own.contains(mop.key)) {
        const auto writer = writer_.find({mop.key, read_by(mop)});
        if (writer == writer_.end() && read_by(mop) != initial_) return "reads what nobody wrote";
        found.emplace_back(mop.key, writer == writer_.end() ? kNobody : writer->second);
        if (found.back().second == op.id) return "reads what it writes itself later";
        if (found.back().second != kNobody && history_.at(found.back().second).invoked > op.completed)
          return "reads what was not written yet";
      }
      if (writes(mop)) own[mop.key] = written(mop);
    }
    if (found.size() < 2) return {};
    for (const auto& [key, cause] : found) {
      if (cause == kNobody) continue;
      any_ = true;
      for (const auto& [other, seen] : found) {
        if (by_process_ ? misses_of_process(other, seen, cause) : misses(other, seen, cause))
          return "misses a write that was over before one that it sees";
      }
    }
    return {};
  }

  bool misses(Key key, OpId seen, OpId cause) const {
    const auto ends = ends_.find(key);
    const Nanos after = seen == kNobody ? INT64_MIN : history_.at(seen).completed;
    return ends != ends_.end() && ends->second.first_after(after) < history_.at(cause).invoked;
  }

  // Whether another process' write is older is not known.
  bool misses_of_process(Key key, OpId seen, OpId cause) const {
    const ProcessId process = history_.at(cause).process;
    if (seen != kNobody && history_.at(seen).process != process) return false;
    const auto ids = of_process_.find({process, key});
    if (ids == of_process_.end()) return false;
    const auto missed = seen == kNobody ? ids->second.begin() : ids->second.upper_bound(seen);
    return missed != ids->second.end() && *missed < cause;
  }

  const History& history_;
  Value initial_;
  bool by_process_;
  std::map<std::pair<Key, Value>, OpId> writer_;
  std::map<Key, Ends> ends_;
  std::map<std::pair<ProcessId, Key>, std::set<OpId>> of_process_;
  bool any_ = false;
};

}  // namespace

std::string refute_causal_reverse(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"order", "initial"});
  if (!wrong.empty()) return wrong;
  const std::string order = option_of(certificate, "order", "real-time");
  if (order != "real-time" && order != "process") return "Its order is none that can be confirmed.";
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read && !writes(mop))
        return complain(op.id, "is of sets, which nothing here can confirm");
    }
  }
  Value initial;
  if (!initial_value(certificate, initial)) return kNoInitial;
  return Reversal(history, initial, order == "process").refute();
}

}  // namespace assay::checkers
