#include "checkers/verify/store.h"

#include <algorithm>

#include "harness/core/predicate.h"

namespace assay::checkers {

bool Cell::holds(const Value& seen) const {
  if (seen.kind() != Value::Kind::list) return seen.is_nil() && is_list ? elements.empty() : seen == value;
  if (!is_list) return value.is_nil() && seen.as_list().empty();
  return std::equal(seen.as_list().begin(), seen.as_list().end(), elements.begin(), elements.end());
}

void Cell::put(const Value& brought) {
  is_list = brought.kind() == Value::Kind::list;
  elements.clear();
  if (is_list) elements.assign(brought.as_list().begin(), brought.as_list().end());
  value = is_list ? Value() : brought;
}

bool Store::apply(const Operation& op) {
  return std::all_of(op.mops.begin(), op.mops.end(),
                     [&](const Mop& mop) { return step(mop, op.outcome == Outcome::ok); });
}

bool Store::step(const Mop& mop, bool result_known) {
  if (mop.fn == Fn::scan) return !result_known || finds(mop);
  Cell& cell = cells_.try_emplace(mop.key, initial_).first->second;
  switch (mop.fn) {
    case Fn::read:
      return !result_known || cell.holds(mop.result);
    case Fn::write:
      cell.put(mop.argument);
      return true;
    case Fn::cas:
      if (!cell.holds(mop.argument.first())) return false;
      cell.put(mop.argument.second());
      return true;
    case Fn::append:
      if (!cell.value.is_nil()) return false;
      cell.is_list = true;
      cell.elements.push_back(mop.argument);
      return true;
    case Fn::add:
      if (!mop.argument.is_integer() || cell.is_list) return false;
      if (!cell.value.is_nil() && !cell.value.is_integer()) return false;
      cell.value = Value((cell.value.is_nil() ? 0 : cell.value.as_integer()) + mop.argument.as_integer());
      return true;
    default:
      return false;
  }
}

// Whether a read by predicate finds what it must: each row that matches, once.
bool Store::finds(const Mop& scan) const {
  if (!is_predicate(scan.argument) || !are_rows(scan.result)) return false;
  std::map<Key, Value> rows;
  for (const auto& [key, cell] : cells_) {
    if (!cell.is_list && matches(scan.argument, key, cell.value)) rows.emplace(key, cell.value);
  }
  if (scan.result.is_nil()) return rows.empty();
  for (const Value& row : scan.result.as_list()) {
    const auto found = rows.find(row.first().as_integer());
    if (found == rows.end() || found->second != row.second()) return false;
    rows.erase(found);
  }
  return rows.empty();
}

void Store::know_keys(const History& history) {
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::scan) cells_.try_emplace(mop.key, initial_);
    }
  }
}

Store Store::part_for(const Operation& op) const {
  const bool everything =
      std::any_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) { return mop.fn == Fn::scan; });
  if (everything) return *this;
  Store part(initial_.value);
  for (const Mop& mop : op.mops) {
    const auto found = cells_.find(mop.key);
    if (found != cells_.end()) part.cells_.insert(*found);
  }
  return part;
}

}  // namespace assay::checkers
