#include "checkers/verify/serialization.h"

#include <algorithm>
#include <map>
#include <vector>

namespace assay::checkers {

namespace {

class SerialReplay {
 public:
  // False if the transaction cannot have read what it read here. What an info operation read is unknown.
  bool apply(const Operation& op) {
    for (const Mop& mop : op.mops) {
      std::vector<Value>& versions = store_[mop.key];  // elements of a list, or all that a register has held
      if (mop.fn == Fn::read) {
        if (op.outcome == Outcome::ok && !fits(versions, mop.result)) return false;
      } else if (mop.fn == Fn::append || mop.fn == Fn::write) {
        versions.push_back(mop.argument);
      } else {
        return false;
      }
    }
    return true;
  }

 private:
  static bool fits(const std::vector<Value>& versions, const Value& result) {
    if (result.kind() == Value::Kind::list) {
      const auto elements = result.as_list();
      return std::equal(elements.begin(), elements.end(), versions.begin(), versions.end());
    }
    return versions.empty() ? result.is_nil() : result == versions.back();
  }

  std::map<Key, std::vector<Value>> store_;
};

std::string complaint(OpId id, const std::string& what) {
  return "Operation " + std::to_string(id) + " " + what + ".";
}

}  // namespace

std::string refute_serialization(const History& history, const Certificate& certificate) {
  if (certificate.objects.size() != 1) return "It has not one order of all transactions.";
  const std::vector<OpId>& order = certificate.objects[0].order;
  const bool real_time = certificate.claim == "strict-serializable";
  const bool sessions = certificate.claim == "strong-session-serializable";
  std::vector<bool> seen(history.size(), false);
  std::map<ProcessId, Nanos> invoked_in_process;
  Nanos latest_invocation = INT64_MIN;
  SerialReplay replay;
  for (const OpId id : order) {
    if (id >= history.size()) return complaint(id, "is not in the history");
    const Operation op = history.at(id);
    if (seen[id]) return complaint(id, "occurs twice");
    seen[id] = true;
    if (op.outcome == Outcome::fail) return complaint(id, "failed, yet is said to have happened");
    if (real_time && op.completed < latest_invocation) {
      return complaint(id, "returned before one in front of it was invoked");
    }
    latest_invocation = std::max(latest_invocation, op.invoked);
    if (sessions) {
      const auto [last, first] = invoked_in_process.try_emplace(op.process, op.invoked);
      if (!first && op.invoked < last->second)
        return complaint(id, "stands behind a later one of its process");
      last->second = op.invoked;
    }
    if (!replay.apply(op)) return complaint(id, "cannot have read this where it stands");
  }
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok && !op.mops.empty() && !seen[op.id]) return complaint(op.id, "is missing");
  }
  return {};
}

}  // namespace assay::checkers
