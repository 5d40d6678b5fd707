#include "checkers/mutate/mutation.h"

#include <algorithm>
#include <array>

#include "checkers/mutate/draft.h"
#include "checkers/mutate/workbench.h"
#include "harness/core/assert.h"

namespace assay::checkers {

namespace {

constexpr int kAttempts = 300;  // random places that are looked at before a kind is given up

}  // namespace

class Mutator::Tools : private Workbench {
 public:
  using Workbench::Workbench;

  struct KindRow {
    Mutator::Kind kind;
    bool (Tools::*change)(Place place, Mutation& mutation);
  };
  static const std::array<KindRow, 11> kKinds;

  std::optional<Mutation> make(std::string_view name) {
    Mutation mutation;
    const auto named_so = [&](const auto& each) { return each.kind.name == name; };
    for (const std::span<const KindOfType> kinds : kinds_of_types()) {
      const auto row = std::find_if(kinds.begin(), kinds.end(), named_so);
      if (row == kinds.end()) continue;
      mutation.kind = row->kind.name;
      return row->change(*this, mutation) ? std::optional(std::move(mutation)) : std::nullopt;
    }
    const auto* const row = std::find_if(kKinds.begin(), kKinds.end(), named_so);
    ASSAY_ASSERT(row != kKinds.end());
    mutation.kind = row->kind.name;
    // Kinds that need no finder look for themselves.
    for (int i = 0; i < kAttempts; ++i) {
      if ((this->*row->change)(random_of(observed().finders()), mutation)) return mutation;
    }
    return std::nullopt;
  }

 private:
  bool phantom(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const Mop& mop = observed().mop(place);
    const KeyKind kind = observed().kind(mop.key);
    if (!brings_elements(kind) && kind != KeyKind::counter) return false;
    const Value value = kind == KeyKind::counter ? observed().beyond_counter() : observed().fresh_value();
    if (value.is_nil()) return false;
    Value result = value;
    if (mop.result.kind() == Value::Kind::list) {
      std::vector<Value> elements = Observed::found(mop);
      elements.push_back(value);
      result = Value::list(std::move(elements));
    }
    // Of a counter that is read together with others, only another such read tells what it was at first.
    const bool known = kind != KeyKind::counter || at(place.op).mops.size() == 1 || is_read_again(place.op);
    finish_with_result(mutation, known ? Breakage::values : Breakage::unknown, place, result,
                       "which nobody brought");
    return true;
  }

  bool drop_write(Place place, Mutation& mutation) {
    if (!has_finders() || !brings_elements(observed().kind(observed().mop(place).key))) return false;
    const Place* const writer = writer_of(place, random_element(place));
    if (writer == nullptr) return false;
    Draft draft(observed().history());
    draft.operations.erase(draft.operations.begin() + writer->op);
    finish(mutation, Breakage::values,
           named(writer->op) + ", whose value " + named(place.op) + " found, is gone", draft);
    return true;
  }

  bool fail_write(Place place, Mutation& mutation) {
    if (!has_finders() || !brings_elements(observed().kind(observed().mop(place).key))) return false;
    const Place* const writer = writer_of(place, random_element(place));
    if (writer == nullptr) return false;
    Draft draft(observed().history());
    draft.operations[writer->op].op.outcome = Outcome::fail;
    finish(mutation, Breakage::values,
           named(writer->op) + ", whose value " + named(place.op) + " found, is said to have failed", draft);
    return true;
  }

  bool duplicate(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const Mop& mop = observed().mop(place);
    const KeyKind kind = observed().kind(mop.key);
    if (kind == KeyKind::list || kind == KeyKind::set) {
      const Value element = random_element(place);
      if (element.is_nil() || observed().only_writer(mop.key, element) == nullptr) return false;
      std::vector<Value> elements = Observed::found(mop);
      elements.push_back(element);
      finish_with_result(mutation, Breakage::values, place, Value::list(std::move(elements)),
                         "an element of it twice");
      return true;
    }
    if (kind != KeyKind::queue && kind != KeyKind::stack && kind != KeyKind::ids) return false;
    if (kind != KeyKind::ids && observed().only_writer(mop.key, mop.result) == nullptr) return false;
    if (at(place.op).mops.size() != 1) return false;
    Draft draft(observed().history());
    const Nanos last = end_of_history();
    DraftOperation again = draft.operations[place.op];
    again.op.process = draft.fresh_process();
    again.op.due = again.op.invoked = last + 1;
    again.op.completed = last + 2;
    draft.operations.push_back(std::move(again));
    finish(mutation, Breakage::values, "what " + named(place.op) + " got is given out again at the end",
           draft);
    return true;
  }

  // A register read that finds what was overwritten before it, or a list or set without its last element.
  bool stale(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const Mop& mop = observed().mop(place);
    const KeyKind kind = observed().kind(mop.key);
    if (mop.fn != Fn::read) return false;
    if (kind == KeyKind::reg) return stale_register(place, mutation);
    return (kind == KeyKind::list || kind == KeyKind::set) && stale_list(place, mutation);
  }

  bool stale_register(Place place, Mutation& mutation) {
    const Mop& mop = observed().mop(place);
    const Operation reader = at(place.op);
    if (observed().writes().empty()) return false;
    // A write of the key that was over before the read began, and one that was over before that.
    const Place late = random_write(mop.key), early = random_write(mop.key);
    if (late.op == early.op || late.op == place.op || early.op == place.op) return false;
    const Value value = written(observed().mop(early));
    if (!is_plain(value) || observed().only_writer(mop.key, value) == nullptr || value == mop.result)
      return false;
    const Operation first = at(early.op), second = at(late.op);
    if (observed().mop(early).key != mop.key || observed().mop(late).key != mop.key) return false;
    if (!first.precedes(second) || !second.precedes(reader)) return false;
    const bool own = first.process == second.process && second.process == reader.process;
    if (!own && !has_times()) return false;
    finish_with_result(mutation, own ? Breakage::sessions : Breakage::real_time, place, value,
                       "which " + named(late.op) + " had overwritten");
    return true;
  }
  bool stale_list(Place place, Mutation& mutation) {
    const Mop& mop = observed().mop(place);
    std::vector<Value> elements = Observed::found(mop);
    if (elements.empty()) return false;
    const Value last = elements.back();
    const Place* const writer = writer_of(place, last);
    if (writer == nullptr || !at(writer->op).precedes(at(place.op))) return false;
    const bool own = at(writer->op).process == at(place.op).process;
    if (!own && !has_times()) return false;
    elements.pop_back();
    finish_with_result(mutation, own ? Breakage::sessions : Breakage::real_time, place,
                       Value::list(std::move(elements)), "without what " + named(writer->op) + " had added");
    return true;
  }

  bool swap_results(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const std::span<const Place> places = observed().finders();
    const Place other = places[rng().below(places.size())];
    const Mop &a = observed().mop(place), &b = observed().mop(other);
    if (a.key != b.key || a.fn != b.fn || a.result == b.result || place.op == other.op) return false;
    if (observed().kind(a.key) == KeyKind::ids) return false;  // makes no difference
    // One that reads what is only written later breaks real time; else nothing is known.
    Breakage effect = Breakage::unknown;
    if (observed().kind(a.key) == KeyKind::reg) {
      effect = std::max(effect_of_finding(place, b.result), effect_of_finding(other, a.result), weaker_known);
    }
    Draft draft(observed().history());
    std::swap(draft.operations[place.op].mops[place.mop].result,
              draft.operations[other.op].mops[other.mop].result);
    finish(mutation, effect, named(place.op) + " and " + named(other.op) + " swap what they found", draft);
    return true;
  }
  // sessions and real_time before unknown.
  static bool weaker_known(Breakage a, Breakage b) {
    const auto rank = [](Breakage effect) { return effect == Breakage::unknown ? Breakage::none : effect; };
    return rank(a) < rank(b);
  }
  // When an operation finds a value that was brought only after it.
  Breakage effect_of_finding(Place place, const Value& value) const {
    const Place* const writer = writer_of(place, value);
    if (writer == nullptr || !at(place.op).precedes(at(writer->op))) return Breakage::unknown;
    if (at(place.op).process == at(writer->op).process) return Breakage::sessions;
    return timed(Breakage::real_time);
  }

  bool reorder(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const std::span<const Place> places = observed().finders();
    const Place other = places[rng().below(places.size())];
    const Mop& mop = observed().mop(place);
    if (other.op == place.op || observed().kind(mop.key) != KeyKind::list ||
        observed().mop(other).key != mop.key) {
      return false;
    }
    std::vector<Value> elements = Observed::found(mop);
    const std::vector<Value> theirs = Observed::found(observed().mop(other));
    const std::size_t both = std::min(elements.size(), theirs.size());
    if (both < 2) return false;
    const std::size_t i = rng().below(both - 1);
    if (elements[i] != theirs[i] || elements[i + 1] != theirs[i + 1]) return false;
    if (observed().only_writer(mop.key, elements[i]) == nullptr ||
        observed().only_writer(mop.key, elements[i + 1]) == nullptr) {
      return false;
    }
    std::swap(elements[i], elements[i + 1]);
    finish_with_result(mutation, Breakage::values, place, Value::list(std::move(elements)),
                       "in another order than " + named(other.op));
    return true;
  }

  // A read that is over before what it found was written.
  bool early_read(Place place, Mutation& mutation) {
    if (!has_finders() || !has_times()) return false;
    const Mop& mop = observed().mop(place);
    const KeyKind kind = observed().kind(mop.key);
    if (mop.fn != Fn::read || (kind != KeyKind::reg && kind != KeyKind::list)) return false;
    const Place* const writer = writer_of(place, random_element(place));
    if (writer == nullptr || at(writer->op).invoked < 2) return false;
    Draft draft(observed().history());
    DraftOperation& moved = draft.operations[place.op];
    moved.op.process = draft.fresh_process();
    moved.op.due = moved.op.invoked = at(writer->op).invoked - 2;
    moved.op.completed = moved.op.invoked + 1;
    finish(mutation, Breakage::real_time,
           named(place.op) + " is over before " + named(writer->op) + ", whose value it found, began", draft);
    return true;
  }

  // A predicate read that does not find a row though its write was over before, where the unborn row is all that can
  // have been missed.
  bool unseen_row(Place, Mutation& mutation) {
    if (observed().scans().empty()) return false;
    const Place place = observed().scans()[rng().below(observed().scans().size())];
    const Mop& scan = observed().mop(place);
    const auto rows = scan.result.as_list();
    const std::size_t i = rng().below(rows.size());
    const Key key = rows[i].first().as_integer();
    const Value& value = rows[i].second();
    const Place* const writer = is_plain(value) ? observed().only_writer(key, value) : nullptr;
    if (writer == nullptr || at(writer->op).outcome != Outcome::ok) return false;
    if (!at(writer->op).precedes(at(place.op)) || !observed().always_matches(scan.argument, key))
      return false;
    const bool own = at(writer->op).process == at(place.op).process;
    if (!own && !has_times()) return false;
    std::vector<Value> rest(rows.begin(), rows.end());
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    finish_with_result(mutation, own ? Breakage::sessions : Breakage::real_time, place,
                       Value::list(std::move(rest)),
                       "without the row that " + named(writer->op) + " had written");
    return true;
  }

  bool hold_twice(Place, Mutation& mutation) {
    if (!has_times()) return false;
    const std::span<const OpId> held_by = observed().acquires();
    if (held_by.empty()) return false;
    const Operation held = at(held_by[rng().below(held_by.size())]);
    const Nanos end = release_after(held);
    if (end - held.completed < 3) return false;
    Draft draft(observed().history());
    DraftOperation second = draft.operations[held.id];
    second.op.process = draft.fresh_process();
    second.op.due = second.op.invoked = held.completed + 1;
    second.op.completed = held.completed + 2;
    if (second.mops[0].result.is_integer()) second.mops[0].result = observed().beyond_counter();
    draft.operations.push_back(std::move(second));
    finish(mutation, Breakage::real_time, "somebody else acquires what " + named(held.id) + " holds", draft);
    return true;
  }
  // When the holder began to give back what it had acquired; 0 when it never did.
  Nanos release_after(const Operation& held) const {
    const History& history = observed().history();
    for (OpId id = held.id + 1; id < history.size(); ++id) {
      const Operation op = history.at(id);
      if (op.process == held.process)
        return op.mops.size() == 1 && op.mops[0].fn == Fn::release ? op.invoked : 0;
    }
    return 0;
  }

  bool forget_outcome(Place, Mutation& mutation) {
    const History& history = observed().history();
    if (history.size() < 2) return false;
    const auto id = static_cast<OpId>(rng().below(history.size()));
    // Who forgot that it holds a lock can't give it back as somebody else.
    if (at(id).outcome != Outcome::ok || at(id).mops.empty() || at(id).mops[0].fn == Fn::acquire)
      return false;
    // Nor can somebody else give back what the process has acquired, or write under its token.
    const bool holder = std::any_of(observed().acquires().begin(), observed().acquires().end(),
                                    [&](OpId each) { return at(each).process == at(id).process; });
    if (holder && at(id).mops[0].fn != Fn::release) return false;
    Draft draft(history);
    DraftOperation& changed = draft.operations[id];
    changed.op.outcome = Outcome::info;
    changed.op.completed = kNever;
    for (Mop& mop : changed.mops) mop.result = Value();
    // Its process is retired; another one does what it did afterwards.
    const ProcessId process = draft.fresh_process();
    for (std::size_t i = id + 1; i < draft.operations.size(); ++i) {
      if (draft.operations[i].op.process == changed.op.process) draft.operations[i].op.process = process;
    }
    finish(mutation, Breakage::none, "nobody knows any more what became of " + named(id), draft);
    return true;
  }
};

const std::array<Mutator::Tools::KindRow, 11> Mutator::Tools::kKinds = {{
    {{"phantom", "a value is found that nobody brought"}, &Tools::phantom},
    {{"drop", "an operation is gone whose value was found"}, &Tools::drop_write},
    {{"fail", "an operation whose value was found is said to have failed"}, &Tools::fail_write},
    {{"duplicate", "an element is given out, or stands in a list, twice"}, &Tools::duplicate},
    {{"reorder", "two elements of a list change places that another read saw the other way round"},
     &Tools::reorder},
    {{"stale", "a read finds what had been overwritten, or lacks what had been added"}, &Tools::stale},
    {{"early", "a read is over before the write of what it found began"}, &Tools::early_read},
    {{"unseen", "a read by predicate lacks a row that was written before it"}, &Tools::unseen_row},
    {{"swap", "two operations swap what they found"}, &Tools::swap_results},
    {{"hold-twice", "a lock is acquired while somebody holds it"}, &Tools::hold_twice},
    {{"forget", "the outcome of an operation becomes unknown (nothing may be accused)"},
     &Tools::forget_outcome},
}};

std::string_view effect_name(Breakage effect) {
  constexpr std::string_view kNames[] = {"none", "values", "sessions", "real time", "unknown"};
  return kNames[static_cast<std::size_t>(effect)];
}

Mutator::Mutator(const History& history, bool has_times, std::uint64_t seed)
    : tools_(std::make_unique<Tools>(history, has_times, seed)) {}
Mutator::~Mutator() = default;

std::vector<Mutator::Kind> Mutator::kinds() {
  std::vector<Kind> kinds;
  for (const Tools::KindRow& row : Tools::kKinds) kinds.push_back(row.kind);
  for (const std::span<const KindOfType> rows : kinds_of_types()) {
    for (const KindOfType& row : rows) kinds.push_back(row.kind);
  }
  return kinds;
}

std::optional<Mutation> Mutator::make(std::string_view kind) { return tools_->make(kind); }

}  // namespace assay::checkers
