#include "checkers/verify/serialization.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "harness/core/predicate.h"

namespace assay::checkers {

namespace {

class SerialReplay {
 public:
  // Every key of the history is there from the beginning, for those who read by predicate.
  SerialReplay(const History& history, const Value& initial) : initial_(initial) {
    for (const Operation op : history.operations()) {
      for (const Mop& mop : op.mops) {
        if (mop.fn != Fn::scan) store_.try_emplace(mop.key);
      }
    }
  }

  // False if the transaction cannot have read what it read here. What an info operation read is unknown.
  bool apply(const Operation& op) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::scan) {
        if (op.outcome == Outcome::ok && !fits(mop)) return false;
        continue;
      }
      std::vector<Value>& versions = store_[mop.key];  // elements of a list, or all that a register has held
      if (mop.fn == Fn::read) {
        if (op.outcome == Outcome::ok && !fits(versions, mop.result)) return false;
      } else if (mop.fn == Fn::append || mop.fn == Fn::write) {
        versions.push_back(mop.argument);
      } else if (mop.fn == Fn::cas) {
        if (!fits(versions, mop.argument.first())) return false;
        versions.push_back(mop.argument.second());
      } else {
        return false;
      }
    }
    return true;
  }

 private:
  // Whether a predicate read finds these rows: each that matches, once.
  bool fits(const Mop& scan) const {
    if (!is_predicate(scan.argument) || !are_rows(scan.result)) return false;
    std::map<Key, Value> rows;
    for (const auto& [key, versions] : store_) {
      const Value& value = versions.empty() ? initial_ : versions.back();
      if (matches(scan.argument, key, value)) rows.emplace(key, value);
    }
    if (scan.result.is_nil()) return rows.empty();
    for (const Value& row : scan.result.as_list()) {
      const auto found = rows.find(row.first().as_integer());
      if (found == rows.end() || found->second != row.second()) return false;
      rows.erase(found);
    }
    return rows.empty();
  }

  bool fits(const std::vector<Value>& versions, const Value& result) const {
    if (result.kind() == Value::Kind::list) {
      const auto elements = result.as_list();
      return std::equal(elements.begin(), elements.end(), versions.begin(), versions.end());
    }
    return result == (versions.empty() ? initial_ : versions.back());
  }

  Value initial_;
  std::map<Key, std::vector<Value>> store_;
};

std::string option(const Certificate& certificate, const std::string& name) {
  const auto found = certificate.options.find(name);
  return found == certificate.options.end() ? std::string() : found->second;
}

bool initial_of(const std::string& text, Value& initial) {
  if (text.empty() || text == "nil") return true;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  initial = Value(number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string complaint(OpId id, const std::string& what) {
  return "Operation " + std::to_string(id) + " " + what + ".";
}

}  // namespace

std::string refute_serialization(const History& history, const Certificate& certificate) {
  if (certificate.objects.size() != 1) return "It has not one order of all transactions.";
  const std::vector<OpId>& order = certificate.objects[0].order;
  const bool real_time =
      certificate.claim == "strict-serializable" || option(certificate, "order") == "real-time";
  const bool sessions =
      certificate.claim == "strong-session-serializable" || option(certificate, "order") == "session";
  Value initial;
  if (!initial_of(option(certificate, "initial"), initial))
    return "Its initial value is neither an integer nor nil.";
  std::vector<bool> seen(history.size(), false);
  std::map<ProcessId, Nanos> invoked_in_process;
  Nanos latest_invocation = INT64_MIN;
  SerialReplay replay(history, initial);
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
