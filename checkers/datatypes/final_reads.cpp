#include "checkers/datatypes/final_reads.h"

#include <algorithm>

namespace assay::checkers::datatypes {

bool changes(Fn fn) {
  return fn == Fn::write || fn == Fn::cas || fn == Fn::append || fn == Fn::add || fn == Fn::remove ||
         fn == Fn::insert || fn == Fn::erase;
}

void FinalReads::find_start(const History& history) {
  when_ = "after the last write";
  for (const FaultWindow& window : history.fault_windows()) {
    if (window.end == kNever || window.end < start_) continue;
    start_ = window.end;
    when_ = "after the last fault was healed";
  }
  for (const FaultEvent& event : history.fault_events()) {
    const Value* const name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    if (name == nullptr || name->kind() != Value::Kind::text || name->as_text() != "final-reads") continue;
    start_ = event.began;
    when_ = "in the phase of final reads";
  }
}

bool FinalReads::find(const History& history, Report& report) {
  find_start(history);
  bool nodes_known = false;
  for (const Operation op : history.operations()) {
    if (report.spent(op.mops.size())) return false;
    nodes_known = nodes_known || op.node != kNoNode;
    for (const Mop& mop : op.mops) {
      const std::uint32_t key = keys_.add(mop.key);
      if (key == objects_.size()) objects_.emplace_back();
      if (op.outcome != Outcome::ok || !changes(mop.fn)) continue;
      objects_[key].settled = std::max(objects_[key].settled, op.completed);
    }
  }
  DenseIds<std::uint64_t> readers;
  std::vector<Read> last;
  for (const Operation op : history.operations()) {
    if (report.spent(op.mops.size())) return false;
    if (op.outcome != Outcome::ok || op.invoked < start_) continue;
    const auto reader = static_cast<std::uint32_t>(nodes_known ? op.node : op.process);
    for (std::uint32_t i = 0; i < op.mops.size(); ++i) {
      if (op.mops[i].fn != Fn::read) continue;
      const std::uint32_t key = keys_.find(op.mops[i].key);
      if (op.invoked <= objects_[key].settled) continue;
      const std::uint32_t id = readers.add((std::uint64_t{key} << 32) | reader);
      if (id == last.size()) {
        if (!report.reserve(sizeof(Read) + DenseIds<std::uint64_t>::kBytesEach)) return false;
        last.emplace_back();
      }
      last[id].id = op.id;
      last[id].mop = i;
    }
  }
  for (std::uint32_t id = 0; id < last.size(); ++id) {
    const Operation op = history.at(last[id].id);
    last[id].by =
        nodes_known ? "node " + history.node_name(op.node) : "process " + std::to_string(op.process);
    if (nodes_known && op.node == kNoNode) last[id].by = "an unknown node";
    objects_[static_cast<std::uint32_t>(readers[id] >> 32)].reads.push_back(std::move(last[id]));
  }
  for (Object& object : objects_) {
    std::stable_sort(object.reads.begin(), object.reads.end(),
                     [](const Read& a, const Read& b) { return a.id < b.id; });
  }
  return true;
}

}  // namespace assay::checkers::datatypes
