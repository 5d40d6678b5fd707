#include "checkers/mutate/mutation.h"

#include <algorithm>
#include <array>

#include "checkers/mutate/draft.h"
#include "harness/core/assert.h"
#include "harness/core/rng.h"

namespace assay::checkers {

namespace {

constexpr int kAttempts = 300;  // random places that are looked at before a kind is given up

std::string named(OpId id) { return "operation " + std::to_string(id); }

// Not the value that a register may well begin with.
bool is_plain(const Value& value) { return !value.is_nil() && value != Value(0); }

}  // namespace

class Mutator::Tools {
 public:
  Tools(const History& history, bool has_times, std::uint64_t seed)
      : observed_(history), has_times_(has_times), rng_(seed) {}

  struct KindRow {
    Mutator::Kind kind;
    bool (Tools::*change)(Place place, Mutation& mutation);
  };
  static const std::array<KindRow, 10> kKinds;

  std::optional<Mutation> make(std::string_view name) {
    const auto* const row = std::find_if(kKinds.begin(), kKinds.end(),
                                         [&](const KindRow& each) { return each.kind.name == name; });
    ASSAY_ASSERT(row != kKinds.end());
    const std::span<const Place> places = observed_.finders();
    Mutation mutation;
    mutation.kind = row->kind.name;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      // Kinds that need no finder look for themselves.
      const Place place = places.empty() ? Place{} : places[rng_.below(places.size())];
      if ((this->*row->change)(place, mutation)) return mutation;
      if (places.empty()) break;
    }
    return std::nullopt;
  }

 private:
  Operation at(OpId id) const { return observed_.history().at(id); }
  bool has_finders() const { return !observed_.finders().empty(); }

  static void finish(Mutation& mutation, Breakage effect, std::string what, Draft& draft) {
    mutation.effect = effect;
    mutation.what = std::move(what);
    mutation.history = draft.build();
  }
  void finish_with_result(Mutation& mutation, Breakage effect, Place place, const Value& result,
                          const std::string& why) {
    Draft draft(observed_.history());
    draft.operations[place.op].mops[place.mop].result = result;
    finish(mutation, effect, named(place.op) + " now finds " + result.to_string() + ", " + why, draft);
  }

  // Real time means nothing in a history without times.
  Breakage timed(Breakage effect) const {
    return effect == Breakage::real_time && !has_times_ ? Breakage::unknown : effect;
  }

  // The operation that brought one of the elements found at a place, when nobody else brought it, the operation is ok and
  // another one.
  const Place* writer_of(Place place, const Value& element) const {
    const Mop& mop = observed_.mop(place);
    const Place* const writer = is_plain(element) ? observed_.only_writer(mop.key, element) : nullptr;
    if (writer == nullptr || writer->op == place.op || at(writer->op).outcome != Outcome::ok) return nullptr;
    return writer;
  }
  bool brings_elements(KeyKind kind) const {
    return kind == KeyKind::reg || kind == KeyKind::list || kind == KeyKind::set || kind == KeyKind::queue ||
           kind == KeyKind::stack;
  }
  // What a random one of the elements at a place is; nil when there is none.
  Value random_element(Place place) {
    const std::vector<Value> elements = Observed::found(observed_.mop(place));
    return elements.empty() ? Value() : elements[rng_.below(elements.size())];
  }

  bool phantom(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const Mop& mop = observed_.mop(place);
    const KeyKind kind = observed_.kind(mop.key);
    if (!brings_elements(kind) && kind != KeyKind::counter) return false;
    const Value value = kind == KeyKind::counter ? observed_.beyond_counter() : observed_.fresh_value();
    if (value.is_nil()) return false;
    Value result = value;
    if (mop.result.kind() == Value::Kind::list) {
      std::vector<Value> elements = Observed::found(mop);
      elements.push_back(value);
      result = Value::list(std::move(elements));
    }
    finish_with_result(mutation, Breakage::values, place, result, "which nobody brought");
    return true;
  }

  bool drop_write(Place place, Mutation& mutation) {
    if (!has_finders() || !brings_elements(observed_.kind(observed_.mop(place).key))) return false;
    const Place* const writer = writer_of(place, random_element(place));
    if (writer == nullptr) return false;
    Draft draft(observed_.history());
    draft.operations.erase(draft.operations.begin() + writer->op);
    finish(mutation, Breakage::values,
           named(writer->op) + ", whose value " + named(place.op) + " found, is gone", draft);
    return true;
  }

  bool fail_write(Place place, Mutation& mutation) {
    if (!has_finders() || !brings_elements(observed_.kind(observed_.mop(place).key))) return false;
    const Place* const writer = writer_of(place, random_element(place));
    if (writer == nullptr) return false;
    Draft draft(observed_.history());
    draft.operations[writer->op].op.outcome = Outcome::fail;
    finish(mutation, Breakage::values,
           named(writer->op) + ", whose value " + named(place.op) + " found, is said to have failed", draft);
    return true;
  }

  bool duplicate(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const Mop& mop = observed_.mop(place);
    const KeyKind kind = observed_.kind(mop.key);
    if (kind == KeyKind::list || kind == KeyKind::set) {
      const Value element = random_element(place);
      if (element.is_nil() || observed_.only_writer(mop.key, element) == nullptr) return false;
      std::vector<Value> elements = Observed::found(mop);
      elements.push_back(element);
      finish_with_result(mutation, Breakage::values, place, Value::list(std::move(elements)),
                         "an element of it twice");
      return true;
    }
    if (kind != KeyKind::queue && kind != KeyKind::stack && kind != KeyKind::ids) return false;
    if (kind != KeyKind::ids && observed_.only_writer(mop.key, mop.result) == nullptr) return false;
    if (at(place.op).mops.size() != 1) return false;
    Draft draft(observed_.history());
    Nanos last = 0;
    for (const Operation op : observed_.history().operations()) {
      last = std::max({last, op.invoked, op.completed == kNever ? 0 : op.completed});
    }
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
    const Mop& mop = observed_.mop(place);
    const KeyKind kind = observed_.kind(mop.key);
    if (mop.fn != Fn::read) return false;
    if (kind == KeyKind::reg) return stale_register(place, mutation);
    return (kind == KeyKind::list || kind == KeyKind::set) && stale_list(place, mutation);
  }

  bool stale_register(Place place, Mutation& mutation) {
    const Mop& mop = observed_.mop(place);
    const Operation reader = at(place.op);
    if (observed_.writes().empty()) return false;
    // A write of the key that was over before the read began, and one that was over before that.
    const Place late = random_write(mop.key), early = random_write(mop.key);
    if (late.op == early.op || late.op == place.op || early.op == place.op) return false;
    const Value& value = value_written(early);
    if (!is_plain(value) || observed_.only_writer(mop.key, value) == nullptr || value == mop.result)
      return false;
    const Operation first = at(early.op), second = at(late.op);
    if (observed_.mop(early).key != mop.key || observed_.mop(late).key != mop.key) return false;
    if (!first.precedes(second) || !second.precedes(reader)) return false;
    const bool own = first.process == second.process && second.process == reader.process;
    if (!own && !has_times_) return false;
    finish_with_result(mutation, own ? Breakage::sessions : Breakage::real_time, place, value,
                       "which " + named(late.op) + " had overwritten");
    return true;
  }
  // Near in the history, as far as chance allows: any write, asked for a key, in a few tries.
  Place random_write(Key key) {
    Place place{};
    for (int i = 0; i < 64; ++i) {
      place = observed_.writes()[rng_.below(observed_.writes().size())];
      if (observed_.mop(place).key == key) break;
    }
    return place;
  }
  const Value& value_written(Place place) {
    const Mop& mop = observed_.mop(place);
    written_ = mop.fn == Fn::cas ? mop.argument.second() : mop.argument;
    return written_;
  }

  bool stale_list(Place place, Mutation& mutation) {
    const Mop& mop = observed_.mop(place);
    std::vector<Value> elements = Observed::found(mop);
    if (elements.empty()) return false;
    const Value last = elements.back();
    const Place* const writer = writer_of(place, last);
    if (writer == nullptr || !at(writer->op).precedes(at(place.op))) return false;
    const bool own = at(writer->op).process == at(place.op).process;
    if (!own && !has_times_) return false;
    elements.pop_back();
    finish_with_result(mutation, own ? Breakage::sessions : Breakage::real_time, place,
                       Value::list(std::move(elements)), "without what " + named(writer->op) + " had added");
    return true;
  }

  bool swap_results(Place place, Mutation& mutation) {
    if (!has_finders()) return false;
    const std::span<const Place> places = observed_.finders();
    const Place other = places[rng_.below(places.size())];
    const Mop &a = observed_.mop(place), &b = observed_.mop(other);
    if (a.key != b.key || a.fn != b.fn || a.result == b.result || place.op == other.op) return false;
    if (observed_.kind(a.key) == KeyKind::ids) return false;  // makes no difference
    // One that reads what is only written later breaks real time; else nothing is known.
    Breakage effect = Breakage::unknown;
    if (observed_.kind(a.key) == KeyKind::reg) {
      effect = std::max(effect_of_finding(place, b.result), effect_of_finding(other, a.result), weaker_known);
    }
    Draft draft(observed_.history());
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
    const std::span<const Place> places = observed_.finders();
    const Place other = places[rng_.below(places.size())];
    const Mop& mop = observed_.mop(place);
    if (other.op == place.op || observed_.kind(mop.key) != KeyKind::list ||
        observed_.mop(other).key != mop.key) {
      return false;
    }
    std::vector<Value> elements = Observed::found(mop);
    const std::vector<Value> theirs = Observed::found(observed_.mop(other));
    const std::size_t both = std::min(elements.size(), theirs.size());
    if (both < 2) return false;
    const std::size_t i = rng_.below(both - 1);
    if (elements[i] != theirs[i] || elements[i + 1] != theirs[i + 1]) return false;
    if (observed_.only_writer(mop.key, elements[i]) == nullptr ||
        observed_.only_writer(mop.key, elements[i + 1]) == nullptr) {
      return false;
    }
    std::swap(elements[i], elements[i + 1]);
    finish_with_result(mutation, Breakage::values, place, Value::list(std::move(elements)),
                       "in another order than " + named(other.op));
    return true;
  }

  // A read that is over before what it found was written.
  bool early_read(Place place, Mutation& mutation) {
    if (!has_finders() || !has_times_) return false;
    const Mop& mop = observed_.mop(place);
    const KeyKind kind = observed_.kind(mop.key);
    if (mop.fn != Fn::read || (kind != KeyKind::reg && kind != KeyKind::list)) return false;
    const Place* const writer = writer_of(place, random_element(place));
    if (writer == nullptr || at(writer->op).invoked < 2) return false;
    Draft draft(observed_.history());
    DraftOperation& moved = draft.operations[place.op];
    moved.op.process = draft.fresh_process();
    moved.op.due = moved.op.invoked = at(writer->op).invoked - 2;
    moved.op.completed = moved.op.invoked + 1;
    finish(mutation, Breakage::real_time,
           named(place.op) + " is over before " + named(writer->op) + ", whose value it found, began", draft);
    return true;
  }

  bool hold_twice(Place, Mutation& mutation) {
    if (!has_times_) return false;
    const std::span<const OpId> held_by = observed_.acquires();
    if (held_by.empty()) return false;
    const Operation held = at(held_by[rng_.below(held_by.size())]);
    const Nanos end = release_after(held);
    if (end - held.completed < 3) return false;
    Draft draft(observed_.history());
    DraftOperation second = draft.operations[held.id];
    second.op.process = draft.fresh_process();
    second.op.due = second.op.invoked = held.completed + 1;
    second.op.completed = held.completed + 2;
    if (second.mops[0].result.is_integer()) second.mops[0].result = observed_.beyond_counter();
    draft.operations.push_back(std::move(second));
    finish(mutation, Breakage::real_time, "somebody else acquires what " + named(held.id) + " holds", draft);
    return true;
  }
  // When the holder began to give back what it had acquired; 0 when it never did.
  Nanos release_after(const Operation& held) const {
    const History& history = observed_.history();
    for (OpId id = held.id + 1; id < history.size(); ++id) {
      const Operation op = history.at(id);
      if (op.process == held.process)
        return op.mops.size() == 1 && op.mops[0].fn == Fn::release ? op.invoked : 0;
    }
    return 0;
  }

  bool forget_outcome(Place, Mutation& mutation) {
    const History& history = observed_.history();
    if (history.size() < 2) return false;
    const auto id = static_cast<OpId>(rng_.below(history.size()));
    // Who forgot that it holds a lock can't give it back as somebody else.
    if (at(id).outcome != Outcome::ok || at(id).mops.empty() || at(id).mops[0].fn == Fn::acquire)
      return false;
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

  Observed observed_;
  bool has_times_;
  Rng rng_;
  Value written_;
};

const std::array<Mutator::Tools::KindRow, 10> Mutator::Tools::kKinds = {{
    {{"phantom", "a value is found that nobody brought"}, &Tools::phantom},
    {{"drop", "an operation is gone whose value was found"}, &Tools::drop_write},
    {{"fail", "an operation whose value was found is said to have failed"}, &Tools::fail_write},
    {{"duplicate", "an element is given out, or stands in a list, twice"}, &Tools::duplicate},
    {{"reorder", "two elements of a list change places that another read saw the other way round"},
     &Tools::reorder},
    {{"stale", "a read finds what had been overwritten, or lacks what had been added"}, &Tools::stale},
    {{"early", "a read is over before the write of what it found began"}, &Tools::early_read},
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
  return kinds;
}

std::optional<Mutation> Mutator::make(std::string_view kind) { return tools_->make(kind); }

}  // namespace assay::checkers
