#include "checkers/datatypes/kept_items.h"

#include <string>
#include <utility>

namespace assay::checkers::datatypes {

namespace {

// The items of a list, or of all siblings.
std::set<Value> items_of(const Value& value) {
  std::set<Value> items;
  if (value.kind() != Value::Kind::list) return items;
  for (const Value& each : value.as_list()) {
    if (each.kind() == Value::Kind::list) {
      items.insert(each.as_list().begin(), each.as_list().end());
    } else if (!each.is_nil()) {
      items.insert(each);
    }
  }
  return items;
}

}  // namespace

void KeptItems::note(const Operation& operation, const Mop& mop) {
  Base& base = seen_[{operation.process, mop.key}];
  if (mop.fn == Fn::read && operation.outcome == Outcome::ok) {
    base = {items_of(mop.result), operation.id};
    return;
  }
  if (mop.fn != Fn::write || operation.outcome == Outcome::fail) return;
  std::set<Value> written = items_of(mop.argument);
  std::map<Value, Item>& items = items_[mop.key];
  for (const Value& item : written) {
    Item& entry = items[item];
    if (operation.outcome != Outcome::ok || base.items.contains(item) || entry.added_by != UINT32_MAX)
      continue;
    entry.added_by = operation.id;
    entry.base_read = base.read;
  }
  for (const Value& item : base.items) {
    if (written.contains(item)) continue;
    items[item].removed_by = operation.id;
    items[item].removed_at = operation.completed;
  }
  base = {std::move(written), operation.id};
}

bool KeptItems::judge(const History& history, const FinalReads& finals, std::uint32_t key, Report& report) {
  constexpr OpId kNobody = UINT32_MAX;
  const std::vector<FinalReads::Read>& reads = finals.objects()[key].reads;
  std::vector<std::set<Value>> held;
  for (const FinalReads::Read& read : reads)
    held.push_back(items_of(history.at(read.id).mops[read.mop].result));
  const std::string name = "key " + history.key_name(finals.keys()[key]);
  for (const auto& [value, item] : items_[finals.keys()[key]]) {
    if (report.spent(reads.size())) return false;
    OpId without = kNobody, with = kNobody;
    for (std::size_t i = 0; i < reads.size(); ++i) (held[i].contains(value) ? with : without) = reads[i].id;
    const bool removed = item.removed_by != kNobody;
    returned_ += removed && item.removed_at != kNever && with != kNobody ? 1 : 0;
    if (removed || item.added_by == kNobody || without == kNobody) continue;
    const char* const anomaly = with == kNobody ? "lost-write" : "stale-final-read";
    if (!report.found(anomaly)) continue;
    std::vector<OpId> witness{item.added_by, without};
    for (const OpId more : {item.base_read, with}) {
      if (more != kNobody) witness.push_back(more);
    }
    report.accuse({anomaly,
                   name,
                   "Item " + value.to_string() + " was put into the cart and is not there at the end" +
                       (with == kNobody ? "." : " on some of the replicas."),
                   {naming(history.at(item.added_by), "write") + " put " + value.to_string() +
                        " into the cart and was acknowledged.",
                    "Nobody who had seen it wrote the cart without it.",
                    naming(history.at(without), "read") + ", one of the last " + finals.when() +
                        ", does not contain it."},
                   std::move(witness)});
  }
  return true;
}

}  // namespace assay::checkers::datatypes
