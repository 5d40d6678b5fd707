// Carts that processes keep in registers: what an acknowledged write added to what its process had read or written before,
// and nobody who had seen it left out again, is in all last reads.
#include <map>
#include <set>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/last_reads.h"
#include "checkers/verify/undone.h"

namespace assay::checkers {

namespace {

struct Item {
  bool added = false, removed = false;
};

// Of a list, or of several that were written concurrently.
std::set<Value> items_in(const Value& value) {
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

// The process had seen `base`, and writes `cart`.
void note_cart(const std::set<Value>& base, const std::set<Value>& cart, bool acknowledged,
               std::map<Value, Item>& items) {
  for (const Value& each : cart) {
    if (acknowledged && !base.contains(each)) items[each].added = true;
  }
  for (const Value& each : base) {
    if (!cart.contains(each)) items[each].removed = true;
  }
}

}  // namespace

std::string refute_items(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"items"});
  if (!wrong.empty()) return wrong;
  if (option_of(certificate, "items", "no") != "yes")
    return "It is not of items, which nothing here can confirm.";
  const Undone undone(history);
  std::map<std::pair<ProcessId, Key>, std::set<Value>> base;
  std::map<Key, std::map<Value, Item>> items;
  std::set<Key> acknowledged;
  for (const Operation given : history.operations()) {
    const std::optional<Operation> op = undone.left_of(given);
    for (const Mop& mop : given.mops) {
      if (mop.fn == Fn::backup || mop.fn == Fn::restore) continue;
      if (mop.fn != Fn::read && mop.fn != Fn::write)
        return complain(given.id, "is about no cart, which nothing here can confirm");
      if (!op || op->outcome == Outcome::fail) continue;
      if (mop.fn == Fn::read && op->outcome != Outcome::ok) continue;
      std::set<Value> cart = items_in(mop.fn == Fn::read ? mop.result : mop.argument);
      std::set<Value>& before = base[{op->process, mop.key}];
      if (mop.fn == Fn::write) note_cart(before, cart, op->outcome == Outcome::ok, items[mop.key]);
      if (mop.fn == Fn::write && op->outcome == Outcome::ok) acknowledged.insert(mop.key);
      before = std::move(cart);
    }
  }
  bool judged = false;
  for (const auto& [key, reads] : last_reads(history)) {
    if (!acknowledged.contains(key)) continue;
    judged = true;
    for (const auto& [id, value] : reads) {
      const std::set<Value> held = items_in(value);
      for (const auto& [each, item] : items[key]) {
        if (item.added && !item.removed && !held.contains(each))
          return complain(id, "lacks " + each.to_string() + ", which nobody took out");
      }
    }
  }
  return judged ? "" : kNothing;
}

}  // namespace assay::checkers
