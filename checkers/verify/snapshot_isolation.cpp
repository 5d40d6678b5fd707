#include "checkers/verify/snapshot_isolation.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "checkers/verify/replay.h"

namespace assay::checkers {

namespace {

using Store = std::map<Key, Value>;

bool absent(const Value& value) {
  return value.is_nil() || (value.kind() == Value::Kind::list && value.as_list().empty());
}

class SnapshotReplay {
 public:
  SnapshotReplay(const History& history, const std::string& order, const Value& initial)
      : history_(history), order_(order), initial_(initial), phase_(history.size(), Phase::before) {}

  // The next event of the order; empty, or what is wrong with it.
  std::string step(OpId id) {
    if (id >= history_.size()) return complain(id, "is not in the history");
    const Operation op = history_.at(id);
    if (op.outcome == Outcome::fail) return complain(id, "failed, yet is said to have happened");
    ++events_;
    if (phase_[id] == Phase::before) return start(op);
    if (phase_[id] == Phase::running) return commit(op);
    return complain(id, "occurs three times");
  }

  std::string finish() const {
    for (const Operation op : history_.operations()) {
      if (phase_[op.id] == Phase::running) return complain(op.id, "does not commit");
      if (phase_[op.id] == Phase::before && op.outcome == Outcome::ok) return complain(op.id, "is missing");
    }
    return {};
  }

 private:
  enum class Phase : std::uint8_t { before, running, committed };

  struct Running {
    std::uint64_t started = 0;
    Store written;
  };

  std::string start(const Operation& op) {
    phase_[op.id] = Phase::running;
    if (order_ == "session") {
      const auto last = last_of_.find(op.process);
      if (last != last_of_.end() && (last->second > op.id || phase_[last->second] != Phase::committed)) {
        return complain(op.id, "starts before one in front of it in its process has committed");
      }
      last_of_[op.process] = op.id;
    }
    latest_invocation_ = std::max(latest_invocation_, op.invoked);
    Running& running = running_[op.id];
    running.started = events_;
    Store view;  // of the keys that it touches
    for (const Mop& mop : op.mops) {
      const auto committed = committed_.find(mop.key);
      Value& value = view.try_emplace(mop.key, committed == committed_.end() ? initial_ : committed->second)
                         .first->second;
      if (!apply(mop, op.outcome == Outcome::ok, value))
        return complain(op.id, "reads what its snapshot does not have");
      if (mop.fn != Fn::read) running.written[mop.key] = value;
    }
    return {};
  }

  std::string commit(const Operation& op) {
    phase_[op.id] = Phase::committed;
    if (order_ == "real-time" && op.completed < latest_invocation_) {
      return complain(op.id, "commits after the start of one that was invoked after it had completed");
    }
    const Running& running = running_[op.id];
    for (const auto& [key, value] : running.written) {
      std::uint64_t& changed = changed_[key];
      if (changed > running.started)
        return complain(op.id, "overwrites what another committed since it started");
      changed = events_;
      committed_[key] = value;
    }
    running_.erase(op.id);
    return {};
  }

  static bool apply(const Mop& mop, bool result_known, Value& value) {
    if (mop.fn == Fn::read) {
      return !result_known || value == mop.result || (absent(value) && absent(mop.result));
    }
    if (mop.fn == Fn::write) {
      value = mop.argument;
      return true;
    }
    if (mop.fn == Fn::cas) {
      if (value != mop.argument.first()) return false;
      value = mop.argument.second();
      return true;
    }
    if (mop.fn != Fn::append || !(value.is_nil() || value.kind() == Value::Kind::list)) return false;
    std::vector<Value> elements;
    if (!value.is_nil()) elements.assign(value.as_list().begin(), value.as_list().end());
    elements.push_back(mop.argument);
    value = Value::list(std::move(elements));
    return true;
  }

  const History& history_;
  std::string order_;
  Value initial_;
  std::vector<Phase> phase_;
  std::uint64_t events_ = 0;
  Nanos latest_invocation_ = INT64_MIN;
  Store committed_;
  std::map<Key, std::uint64_t> changed_;  // when a key was last committed
  std::map<OpId, Running> running_;
  std::map<ProcessId, OpId> last_of_;
};

}  // namespace

std::string refute_snapshot_isolation(const History& history, const Certificate& certificate) {
  const auto option = [&](const char* name, const char* otherwise) {
    const auto found = certificate.options.find(name);
    return found == certificate.options.end() ? std::string(otherwise) : found->second;
  };
  const std::string order = option("order", "none");
  if (order != "none" && order != "session" && order != "real-time")
    return "Its order is none that is known.";
  const std::string text = option("initial", "nil");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number && text != "nil") return "Its initial value is neither an integer nor nil.";
  if (certificate.objects.size() != 1) return "It must be one order of all transactions.";
  SnapshotReplay replay(history, order, is_number ? Value(number) : Value());
  for (const OpId id : certificate.objects[0].order) {
    const std::string problem = replay.step(id);
    if (!problem.empty()) return problem;
  }
  return replay.finish();
}

}  // namespace assay::checkers
