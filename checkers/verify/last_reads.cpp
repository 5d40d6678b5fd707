#include "checkers/verify/last_reads.h"

#include <algorithm>
#include <utility>

namespace assay::checkers {

namespace {

// Restores change everything, and are not known here.
bool changes(Fn fn) {
  return fn == Fn::write || fn == Fn::cas || fn == Fn::append || fn == Fn::add || fn == Fn::remove ||
         fn == Fn::insert || fn == Fn::erase;
}

Nanos start_of_end(const History& history) {
  Nanos start = INT64_MIN;
  for (const FaultWindow& window : history.fault_windows()) {
    if (window.end != kNever) start = std::max(start, window.end);
  }
  for (const FaultEvent& event : history.fault_events()) {
    const Value* const name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    if (name != nullptr && *name == Value::text("final-reads")) start = event.began;
  }
  return start;
}

}  // namespace

std::map<Key, std::multimap<OpId, Value>> last_reads(const History& history) {
  const Nanos start = start_of_end(history);
  bool nodes_known = false;
  std::map<Key, Nanos> settled;
  for (const Operation op : history.operations()) {
    nodes_known = nodes_known || op.node != kNoNode;
    for (const Mop& mop : op.mops) {
      Nanos& last = settled.try_emplace(mop.key, INT64_MIN).first->second;
      if (op.outcome == Outcome::ok && changes(mop.fn)) last = std::max(last, op.completed);
    }
  }
  std::map<std::pair<Key, std::int64_t>, std::pair<OpId, Value>> last;  // by key and reader
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::ok || op.invoked < start) continue;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || op.invoked <= settled[mop.key]) continue;
      last[{mop.key, nodes_known ? op.node : op.process}] = {op.id, mop.result};
    }
  }
  std::map<Key, std::multimap<OpId, Value>> found;
  for (const auto& [reader, read] : last) found[reader.first].insert(read);
  return found;
}

}  // namespace assay::checkers
