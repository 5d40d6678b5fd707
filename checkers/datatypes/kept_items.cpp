#include "checkers/datatypes/kept_items.h"

namespace assay::checkers::datatypes {

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

const std::map<Value, KeptItems::Item>& KeptItems::items(Key key) const {
  static const std::map<Value, Item> kNone;
  const auto found = items_.find(key);
  return found == items_.end() ? kNone : found->second;
}

}  // namespace assay::checkers::datatypes
