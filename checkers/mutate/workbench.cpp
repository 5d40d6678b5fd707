#include "checkers/mutate/workbench.h"

#include <algorithm>
#include <set>

namespace assay::checkers {

bool is_plain(const Value& value) { return !value.is_nil() && value != Value(0); }

std::string named(OpId id) { return "operation " + std::to_string(id); }

Place Workbench::random_write(Key key) {
  Place place{};
  for (int i = 0; i < 64 && !observed_.writes().empty(); ++i) {
    place = random_of(observed_.writes());
    if (mop(place).key == key) break;
  }
  return place;
}

const Place* Workbench::writer_of(Place place, const Value& element) const {
  const Place* const writer = is_plain(element) ? observed_.only_writer(mop(place).key, element) : nullptr;
  if (writer == nullptr || writer->op == place.op || at(writer->op).outcome != Outcome::ok) return nullptr;
  return writer;
}

Value Workbench::random_element(Place place) {
  const std::vector<Value> elements = Observed::found(mop(place));
  return elements.empty() ? Value() : elements[rng_.below(elements.size())];
}

bool Workbench::brings_elements(KeyKind kind) {
  return kind == KeyKind::reg || kind == KeyKind::list || kind == KeyKind::set || kind == KeyKind::queue ||
         kind == KeyKind::stack;
}

bool Workbench::is_read_again(OpId id) const {
  const auto keys_read = [](const Operation& op) {
    std::set<Key> keys;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || !mop.result.is_integer()) return std::set<Key>();
      keys.insert(mop.key);
    }
    return keys;
  };
  const std::set<Key> keys = keys_read(at(id));
  for (const Operation op : history().operations()) {
    if (op.id != id && op.outcome == Outcome::ok && !keys.empty() && keys_read(op) == keys) return true;
  }
  return false;
}

Nanos Workbench::end_of_history() const {
  Nanos last = 0;
  for (const Operation op : history().operations()) {
    last = std::max({last, op.invoked, op.completed == kNever ? 0 : op.completed});
  }
  return last;
}

void Workbench::finish(Mutation& mutation, Breakage effect, std::string what, Draft& draft) {
  mutation.effect = effect;
  mutation.what = std::move(what);
  mutation.history = draft.build();
}

void Workbench::finish_with_result(Mutation& mutation, Breakage effect, Place place, const Value& result,
                                   const std::string& why) {
  Draft draft(history());
  draft.operations[place.op].mops[place.mop].result = result;
  finish(mutation, effect, named(place.op) + " now finds " + result.to_string() + ", " + why, draft);
}

}  // namespace assay::checkers
