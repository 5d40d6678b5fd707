#include "harness/formats/event_export.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "harness/core/predicate.h"

namespace assay::formats {

namespace {

// Merges invocations, completions and fault events into one sequence of lines. At equal times a completion
// stands before the invocations that follow it in its process, and after its own invocation.
class Exporter {
 public:
  Exporter(const History& history, const EventEncoder& encoder, std::string& out)
      : history_(history), encoder_(encoder), out_(out) {}

  void write() {
    for (const Operation operation : history_.operations()) {
      completions_until(operation.invoked);
      if (const auto open = given_up_.find(operation.process); open != given_up_.end()) {
        encoder_.completed(history_.at(open->second), operation.invoked, index_++, out_);
        given_up_.erase(open);
      }
      faults_until(operation.invoked);
      encoder_.invoked(operation, index_++, out_);
      last_time_ = operation.invoked;
      if (operation.outcome == Outcome::info) {
        given_up_[operation.process] = operation.id;
      } else {
        pending_.push({operation.completed, operation.id});
      }
    }
    completions_until(kNever);
    faults_until(kNever);
    std::vector<OpId> rest;
    for (const auto& [process, id] : given_up_) rest.push_back(id);
    std::sort(rest.begin(), rest.end());
    for (const OpId id : rest) encoder_.completed(history_.at(id), last_time_, index_++, out_);
  }

 private:
  void completions_until(Nanos time) {
    while (!pending_.empty() && pending_.top().first <= time) {
      const auto [completed, id] = pending_.top();
      pending_.pop();
      faults_until(completed);
      encoder_.completed(history_.at(id), completed, index_++, out_);
      last_time_ = completed;
    }
  }

  void faults_until(Nanos time) {
    const auto events = history_.fault_events();
    while (next_fault_ < events.size() && events[next_fault_].time <= time) {
      last_time_ = std::max(last_time_, events[next_fault_].time);
      encoder_.fault(events[next_fault_++], index_++, out_);
    }
  }

  using Pending = std::pair<Nanos, OpId>;
  const History& history_;
  const EventEncoder& encoder_;
  std::string& out_;
  std::uint64_t index_ = 0;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  std::map<ProcessId, OpId> given_up_;
  std::size_t next_fault_ = 0;
  Nanos last_time_ = 0;
};

}  // namespace

void export_events(const History& history, const EventEncoder& encoder, std::string& out) {
  Exporter(history, encoder, out).write();
}

std::map<Key, std::string> named_keys(const History& history) {
  std::map<Key, std::string> names;
  std::map<Key, bool> seen;
  const auto note = [&](Key key) {
    if (!seen.emplace(key, true).second) return;
    std::string name = history.key_name(key);
    if (name != std::to_string(key)) names.emplace(key, std::move(name));
  };
  for (const Operation operation : history.operations()) {
    for (const Mop& mop : operation.mops) {
      note(mop.key);
      if (mop.fn != Fn::scan || mop.result.is_nil() || !are_rows(mop.result)) continue;
      for (const Value& row : mop.result.as_list()) note(row.first().as_integer());
    }
  }
  return names;
}

}  // namespace assay::formats
