#include "checkers/mutate/draft.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "harness/core/predicate.h"

namespace assay::checkers {

Draft::Draft(const History& history) : history_(history) {
  operations.reserve(history.size());
  for (const Operation op : history.operations()) {
    operations.push_back({op, {op.mops.begin(), op.mops.end()}, std::string(op.error)});
    next_process_ = std::max(next_process_, op.process);
  }
  if (next_process_ < std::numeric_limits<ProcessId>::max()) ++next_process_;
}

History Draft::build() {
  std::stable_sort(
      operations.begin(), operations.end(),
      [](const DraftOperation& a, const DraftOperation& b) { return a.op.invoked < b.op.invoked; });
  HistoryBuilder builder;
  builder.set_node_names(history_.node_names());
  std::set<Key> named;
  for (DraftOperation& each : operations) {
    each.op.mops = each.mops;
    each.op.error = each.error;
    builder.add(each.op);
    for (const Mop& mop : each.mops) {
      if (!named.insert(mop.key).second) continue;
      std::string name = history_.key_name(mop.key);
      if (name != std::to_string(mop.key)) builder.set_key_name(mop.key, std::move(name));
    }
  }
  for (const FaultEvent& event : history_.fault_events()) builder.add_fault(event);
  return builder.build();
}

Observed::Observed(const History& history) : history_(history) {
  for (const Operation op : history.operations()) {
    for (std::uint32_t i = 0; i < op.mops.size(); ++i) note(op, i);
  }
  std::sort(written_.begin(), written_.end(), [](const Written& a, const Written& b) {
    if (a.key != b.key) return a.key < b.key;
    if (a.value != b.value) return a.value < b.value;
    return std::tie(a.place.op, a.place.mop) < std::tie(b.place.op, b.place.mop);
  });
}

void Observed::note_number(const Value& value) {
  if (value.is_integer()) largest_ = std::max(largest_, value.as_integer());
}

void Observed::note_event(const Value& event) {
  std::int64_t number = 0;
  Value element;
  if (split(event, number, element)) note_number(element);
}

bool Observed::split(const Value& event, std::int64_t& number, Value& element) {
  const bool list = event.kind() == Value::Kind::list && event.as_list().size() == 2;
  if (!list && event.kind() != Value::Kind::pair) return false;
  const Value first = list ? event.as_list()[0] : event.first();
  if (!first.is_integer()) return false;
  number = first.as_integer();
  element = list ? event.as_list()[1] : event.second();
  return true;
}

// A predicate read has no key; what it finds are values like any others.
void Observed::note_scan(const Operation& op, std::uint32_t index) {
  const Mop& scan = op.mops[index];
  const bool usable = is_predicate(scan.argument) && scan.result.kind() == Value::Kind::list &&
                      are_rows(scan.result) && !scan.result.as_list().empty();
  if (op.outcome != Outcome::ok || !usable) return;
  scans_.push_back({op.id, index});
  for (const Value& row : scan.result.as_list()) note_number(row.second());
}

bool Observed::always_matches(const Value& predicate, Key key) const {
  auto at = std::lower_bound(written_.begin(), written_.end(), key,
                             [](const Written& each, Key wanted) { return each.key < wanted; });
  for (; at != written_.end() && at->key == key; ++at) {
    if (!matches(predicate, key, at->value)) return false;
  }
  return true;
}

void Observed::note(const Operation& op, std::uint32_t index) {
  const Mop& mop = op.mops[index];
  if (mop.fn == Fn::scan) return note_scan(op, index);
  KeyUse& use = uses_[mop.key];
  const Place place{op.id, index};
  const bool ok = op.outcome == Outcome::ok;
  const auto brings = [&](const Value& value) {
    written_.push_back({mop.key, value, place});
    note_number(value);
  };
  switch (mop.fn) {
    case Fn::read:
      use.list_reads = use.list_reads || mop.result.kind() == Value::Kind::list;
      break;
    case Fn::write:
    case Fn::cas:
      use.writes = true;
      brings(mop.fn == Fn::write ? mop.argument : mop.argument.second());
      if (ok) writes_.push_back(place);
      break;
    case Fn::append:
      use.appends = true;
      brings(mop.argument);
      break;
    case Fn::add:
      use.adds = true;
      brings(mop.argument);
      if (mop.argument.is_integer() && mop.argument.as_integer() > 0 && added_ < (std::int64_t{1} << 60)) {
        added_ += std::min(mop.argument.as_integer(), std::int64_t{1} << 60);
      }
      break;
    case Fn::enqueue:
    case Fn::push:
      brings(mop.argument);
      [[fallthrough]];
    case Fn::dequeue:
    case Fn::pop:
      (mop.fn == Fn::push || mop.fn == Fn::pop ? use.stack : use.queue) = true;
      break;
    case Fn::generate:
      use.ids = true;
      break;
    case Fn::acquire:
    case Fn::release:
      use.lock = true;
      if (ok && mop.fn == Fn::acquire && op.mops.size() == 1) acquires_.push_back(op.id);
      break;
    case Fn::send:
      use.log = true;
      brings(mop.argument);
      break;
    case Fn::poll:
    case Fn::watch:
      (mop.fn == Fn::poll ? use.log : use.watch) = true;
      if (!ok || mop.result.kind() != Value::Kind::list) break;
      streams_.push_back(place);
      for (const Value& event : found(mop)) note_event(event);
      break;
    default:
      use.other = true;
      break;
  }
  const bool finds =
      mop.fn == Fn::read || mop.fn == Fn::dequeue || mop.fn == Fn::pop || mop.fn == Fn::generate;
  if (!ok || !finds || mop.result.is_nil()) return;
  finders_.push_back(place);
  for (const Value& value : found(mop)) note_number(value);
}

KeyKind Observed::kind(Key key) const {
  const auto use = uses_.find(key);
  if (use == uses_.end()) return KeyKind::other;
  const KeyUse& is = use->second;
  const int kinds = int{is.writes} + int{is.appends} + int{is.adds} + int{is.queue} + int{is.stack} +
                    int{is.ids} + int{is.lock} + int{is.log} + int{is.other};
  if (is.watch) return kinds == int{is.writes} ? KeyKind::stream : KeyKind::other;
  if (kinds != 1 || is.other) return KeyKind::other;
  if (is.writes) return is.list_reads ? KeyKind::other : KeyKind::reg;
  if (is.appends) return KeyKind::list;
  if (is.adds) return is.list_reads ? KeyKind::set : KeyKind::counter;
  if (is.queue) return KeyKind::queue;
  if (is.stack) return KeyKind::stack;
  if (is.log) return KeyKind::log;
  return is.ids ? KeyKind::ids : KeyKind::lock;
}

const Place* Observed::only_writer(Key key, const Value& value) const {
  const auto first = std::lower_bound(
      written_.begin(), written_.end(), std::tie(key, value),
      [](const Written& each, const auto& wanted) { return std::tie(each.key, each.value) < wanted; });
  if (first == written_.end() || first->key != key || first->value != value) return nullptr;
  const auto next = first + 1;
  if (next != written_.end() && next->key == key && next->value == value) return nullptr;
  return &first->place;
}

std::vector<Value> Observed::found(const Mop& mop) {
  if (mop.result.kind() != Value::Kind::list) return {mop.result};
  const auto elements = mop.result.as_list();
  return {elements.begin(), elements.end()};
}

Value Observed::fresh_value() const {
  if (largest_ == std::numeric_limits<std::int64_t>::max()) return {};
  return Value(largest_ + 1);
}

Value Observed::beyond_counter() const {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  if (largest_ > kMost || added_ > kMost) return {};
  return Value(largest_ + added_ + 1);
}

}  // namespace assay::checkers
