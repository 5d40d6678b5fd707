// Operations that take effect one after the other: each once, none that failed, every ok one; in the order of each process
// or of time, where a claim keeps it.
//
// Thread safety: none. Complexity: the logarithm of the processes for each operation.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "checkers/verify/common.h"

namespace assay::checkers {

class Sequence {
 public:
  // By so much reads may be late: they count as invoked that much earlier.
  Sequence(const History& history, bool sessions, bool real_time, Nanos late = 0)
      : history_(history), sessions_(sessions), real_time_(real_time), late_(late), begun_(history.size()) {}

  // Empty, or why the operation can't begin here.
  std::string begin(OpId id) {
    std::string wrong = take(history_, id, begun_);
    if (!wrong.empty()) return wrong;
    const Operation op = history_.at(id);
    const auto [last, first] = last_of_.try_emplace(op.process, id);
    if (sessions_ && !first && (last->second > id || open_.contains(last->second)))
      return complain(id, "starts before one in front of it in its process has committed");
    last->second = id;
    open_.insert(id);
    const bool is_read = !op.mops.empty() && op.mops[0].fn == Fn::read;
    latest_invocation_ = std::max(latest_invocation_, op.invoked - (is_read ? late_ : 0));
    return {};
  }
  // Whether it takes effect later than something that was invoked after it had returned.
  std::string end(const Operation& op) {
    open_.erase(op.id);
    const bool late = real_time_ && op.completed < latest_invocation_;
    return late ? complain(op.id, "stands after the start of one that was invoked after it had returned")
                : "";
  }
  // What comes now shares nothing with what came before.
  void begin_object() { latest_invocation_ = INT64_MIN; }
  bool has_begun(OpId id) const { return id < begun_.size() && begun_[id]; }
  std::string finish() const {
    return open_.empty() ? find_missing(history_, begun_) : complain(*open_.begin(), "does not commit");
  }

 private:
  const History& history_;
  bool sessions_, real_time_;
  Nanos late_;
  std::vector<bool> begun_;
  std::set<OpId> open_;
  Nanos latest_invocation_ = INT64_MIN;
  std::map<ProcessId, OpId> last_of_;
};

}  // namespace assay::checkers
