#include "targets/refdb/multi_leader/resolution.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/crdt/data_types.h"
#include "targets/refdb/kv/edits.h"

namespace assay::refdb::multi_leader {

namespace {

using crdt::Cell;
using wire::Status;
using Versions = std::map<clocks::Dot, crdt::MvRegister::Version>;

Versions::const_iterator first_written(const Versions& versions) {
  return std::min_element(versions.begin(), versions.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.time, a.first) < std::pair(b.second.time, b.first);
  });
}

bool all_are(const std::vector<Value>& values, Value::Kind kind) {
  return std::all_of(values.begin(), values.end(),
                     [kind](const Value& value) { return value.kind() == kind; });
}

// Does not depend on the order of `values`.
Value combined(const std::vector<Value>& values, Combine combine) {
  if (combine == Combine::united && all_are(values, Value::Kind::list)) {
    std::set<Value> elements;
    for (const Value& value : values) elements.insert(value.as_list().begin(), value.as_list().end());
    return Value::list({elements.begin(), elements.end()});
  }
  if (combine == Combine::joined && all_are(values, Value::Kind::text)) {
    const std::set<Value> sorted(values.begin(), values.end());
    std::string text;
    for (const Value& value : sorted) {
      if (!text.empty()) text += ", ";
      text += value.as_text();
    }
    return Value::text(text);
  }
  return *std::max_element(values.begin(), values.end());
}

std::vector<Value> values_of(const Versions& versions) {
  std::vector<Value> values;
  values.reserve(versions.size());
  for (const auto& [dot, version] : versions) values.push_back(version.value);
  return values;
}

// What a mop that changes a value starts from.
Value base_of(const Cell& cell, const Rules& rules) {
  if (rules.resolver != Resolver::siblings || cell.versions.versions().size() < 2) return shown(cell, rules);
  return combined(values_of(cell.versions.versions()), Combine::united);
}

std::optional<Value> next_value(const Cell& cell, const Mop& mop, const Rules& rules) {
  if (mop.fn == Fn::write) return mop.argument;
  if (mop.fn == Fn::cas) return mop.argument.second();
  return edited(mop.fn, base_of(cell, rules), mop.argument);
}

void merge_written(Cell& cell, const Cell& delta, const clocks::VersionVector& known, clocks::ActorId self,
                   const Rules& rules, Tally& tally) {
  if (delta.written == crdt::LwwRegister()) return;
  const crdt::Stamp before = cell.written.stamp();
  const bool conflict = before.dot.counter > 0 && !known.covers(before.dot);
  if (conflict) ++tally.conflicts;
  const bool tie = rules.tie_keeps_newcomer && before.time == delta.written.stamp().time;
  if (tie) cell.written = delta.written;
  const bool displaced = cell.written.merge(delta.written) || tie;
  if (conflict && displaced && before.dot.actor == self) ++tally.concurrent_lost;
}

void merge_versions(Cell& cell, const Cell& delta, clocks::ActorId self, const Rules& rules, Tally& tally) {
  if (delta.versions.versions().empty()) return;
  const Versions& versions = cell.versions.versions();
  const auto before = first_written(versions);
  const bool own = before != versions.end() && before->first.actor == self;
  const clocks::Dot shown_before = before == versions.end() ? clocks::Dot() : before->first;
  cell.versions.merge(delta.versions);
  const clocks::Dot arrived = delta.versions.versions().begin()->first;
  if (versions.size() < 2 || !versions.contains(arrived)) return;
  ++tally.conflicts;
  if (rules.resolver == Resolver::flag) ++tally.flagged;
  const bool hidden = first_written(versions)->first != shown_before && versions.contains(shown_before);
  if (rules.resolver == Resolver::first_write_wins && own && hidden) ++tally.concurrent_lost;
}

}  // namespace

Value shown(const Cell& cell, const Rules& rules) {
  const Versions& versions = cell.versions.versions();
  switch (rules.resolver) {
    case Resolver::last_write_wins:
      return cell.written.value();
    case Resolver::data_types:
      return crdt::data_type_value(cell);
    default:
      break;
  }
  if (versions.empty()) return {};
  if (versions.size() == 1) return versions.begin()->second.value;
  if (rules.resolver == Resolver::first_write_wins) return first_written(versions)->second.value;
  if (rules.resolver == Resolver::merge_function) return combined(values_of(versions), rules.combine);
  return Value::list(values_of(versions));
}

bool undecided(const Cell& cell, const Rules& rules) {
  return rules.resolver == Resolver::flag && cell.versions.versions().size() > 1;
}

Status apply_here(Cell& cell, const Mop& mop, const crdt::Stamp& stamp, const Rules& rules,
                  const std::set<clocks::Dot>* read, Cell& delta, Value& result, Tally& tally) {
  if (mop.fn == Fn::read) {
    result = shown(cell, rules);
    return Status::ok;
  }
  if (mop.fn == Fn::cas) {
    if (mop.argument.kind() != Value::Kind::pair) return Status::bad_request;
    if (mop.argument.first() != shown(cell, rules)) return Status::failed;
  } else if (undecided(cell, rules)) {
    ++tally.flagged_writes_refused;
    return Status::failed;
  }
  if (rules.resolver == Resolver::data_types)
    return crdt::change_data_type(cell, mop, stamp, rules.remove_wins, delta);
  std::optional<Value> next = next_value(cell, mop, rules);
  if (!next) return Status::wrong_type;
  if (rules.resolver == Resolver::last_write_wins) {
    const crdt::LwwRegister written(std::move(*next), stamp);
    if (!cell.written.merge(written)) ++tally.later_lost;
    delta.written.merge(written);
  } else if (read != nullptr && mop.fn == Fn::write) {
    delta.versions.merge(cell.versions.replace(stamp.dot.actor, *read, std::move(*next), stamp.time));
    if (cell.versions.versions().size() > 1) ++tally.conflicts;
  } else {
    delta.versions.merge(cell.versions.assign(stamp.dot.actor, std::move(*next), stamp.time));
  }
  return Status::ok;
}

void merge_arrival(Cell& cell, const Cell& delta, const clocks::VersionVector& known, clocks::ActorId self,
                   const Rules& rules, Tally& tally) {
  merge_written(cell, delta, known, self, rules, tally);
  merge_versions(cell, delta, self, rules, tally);
  cell.merge(delta);
}

}  // namespace assay::refdb::multi_leader
