// Changes of what is read at the end, when nothing is written any more.
#include <algorithm>
#include <map>
#include <set>

#include "checkers/datatypes/final_reads.h"
#include "checkers/mutate/workbench.h"

namespace assay::checkers {

namespace {

using datatypes::FinalReads;

bool is_read_of(const Mop& mop, Key key) { return mop.fn == Fn::read && mop.key == key; }

// A random key that is read at the end, by so many at least; false when there is none.
bool random_final_key(Workbench& bench, FinalReads& finals, std::size_t readers, Key& key) {
  if (!bench.has_times()) return false;
  datatypes::Report report("", "", Budget(), {});
  if (!finals.find(bench.history(), report)) return false;
  std::vector<Key> keys;
  for (std::uint32_t id = 0; id < finals.objects().size(); ++id) {
    if (finals.objects()[id].reads.size() >= readers) keys.push_back(finals.keys()[id]);
  }
  if (keys.empty()) return false;
  key = bench.rng().pick(keys);
  return true;
}

// The reads that were invoked when every acknowledged change of the key had returned.
std::vector<Place> settled_reads(const Workbench& bench, const FinalReads& finals, Key key) {
  const Nanos settled = finals.objects()[finals.keys().find(key)].settled;
  std::vector<Place> reads;
  for (const Operation op : bench.history().operations()) {
    if (op.outcome != Outcome::ok || op.invoked <= settled) continue;
    for (std::uint32_t i = 0; i < op.mops.size(); ++i) {
      if (is_read_of(op.mops[i], key)) reads.push_back({op.id, i});
    }
  }
  return reads;
}

// The result of a register that finds what had been overwritten: the value of an acknowledged write that another one
// followed. Nil when chance finds none.
Value overwritten_value(Workbench& bench, Key key) {
  for (int i = 0; i < 50 && !bench.observed().writes().empty(); ++i) {
    const Place early = bench.random_write(key), late = bench.random_write(key);
    if (bench.mop(early).key != key || bench.mop(late).key != key) continue;
    Value value = Workbench::written(bench.mop(early));
    if (value != Value(0) && bench.observed().only_writer(key, value) != nullptr &&
        bench.at(early.op).precedes(bench.at(late.op))) {
      return value;
    }
  }
  return {};
}

// What was acknowledged is in none of the last reads.
bool lose_at_end(Workbench& bench, Mutation& mutation) {
  FinalReads finals;
  Key key = 0;
  if (!random_final_key(bench, finals, 1, key)) return false;
  const std::vector<Place> reads = settled_reads(bench, finals, key);
  const KeyKind kind = bench.observed().kind(key);
  Value gone;
  if (kind == KeyKind::reg) {
    gone = overwritten_value(bench, key);
  } else if (kind == KeyKind::list || kind == KeyKind::set) {
    const Value element = bench.random_element(reads.back());
    if (bench.writer_of(reads.back(), element) != nullptr) gone = element;
  }
  if (gone.is_nil()) return false;
  Draft draft(bench.history());
  for (const Place place : reads) {
    Value& result = draft.operations[place.op].mops[place.mop].result;
    std::vector<Value> elements = Observed::found(bench.mop(place));
    std::erase(elements, gone);
    result = kind == KeyKind::reg ? gone : Value::list(std::move(elements));
  }
  Workbench::finish(mutation, Breakage::real_time,
                    "at the end key " + bench.history().key_name(key) +
                        (kind == KeyKind::reg ? " holds what had been overwritten, " : " lacks ") +
                        gone.to_string(),
                    draft);
  return true;
}

// One replica answers otherwise than the others.
bool diverge(Workbench& bench, Mutation& mutation) {
  FinalReads finals;
  Key key = 0;
  if (!random_final_key(bench, finals, 2, key)) return false;
  // A change of unknown outcome might explain it.
  for (const Operation op : bench.history().operations()) {
    if (op.outcome != Outcome::info) continue;
    for (const Mop& mop : op.mops) {
      if (mop.key == key && datatypes::changes(mop.fn)) return false;
    }
  }
  const auto& reads = finals.objects()[finals.keys().find(key)].reads;
  const FinalReads::Read read = bench.rng().pick(reads);
  const Value found = bench.at(read.id).mops[read.mop].result;
  Value other = bench.observed().fresh_value();
  if (found.kind() == Value::Kind::list) {
    std::vector<Value> elements(found.as_list().begin(), found.as_list().end());
    if (elements.empty()) return false;
    elements.pop_back();
    other = Value::list(std::move(elements));
  }
  if (other.is_nil()) return false;
  bench.finish_with_result(mutation, Breakage::values, {read.id, read.mop}, other,
                           "other than the last reads of others");
  return true;
}

// The last read of a key finds a value from nowhere, or an element twice.
bool change_last_read(Workbench& bench, Mutation& mutation, bool twice) {
  std::set<Key> keys;
  for (const Place place : bench.observed().finders()) {
    const KeyKind kind = bench.kind(place);
    const bool fits = kind == KeyKind::list || kind == KeyKind::set || (kind == KeyKind::reg && !twice);
    if (fits && bench.mop(place).fn == Fn::read) keys.insert(bench.mop(place).key);
  }
  if (keys.empty()) return false;
  const Key key = *std::next(keys.begin(), static_cast<std::ptrdiff_t>(bench.rng().below(keys.size())));
  Place last{};
  for (const Place place : bench.observed().finders()) {
    if (is_read_of(bench.mop(place), key)) last = place;
  }
  const Mop& mop = bench.mop(last);
  const Value extra = twice ? bench.random_element(last) : bench.observed().fresh_value();
  if (extra.is_nil() || (twice && bench.observed().only_writer(key, extra) == nullptr)) return false;
  Value result = extra;
  if (mop.result.kind() == Value::Kind::list) {
    std::vector<Value> elements = Observed::found(mop);
    elements.push_back(extra);
    result = Value::list(std::move(elements));
  }
  bench.finish_with_result(mutation, Breakage::values, last, result,
                           twice ? "an element of it twice" : "which nobody brought");
  return true;
}

bool phantom_at_end(Workbench& bench, Mutation& mutation) { return change_last_read(bench, mutation, false); }
bool twice_at_end(Workbench& bench, Mutation& mutation) { return change_last_read(bench, mutation, true); }

// Items of sets and carts, and texts. A restore undoes what these are about.

bool has_restores(const Workbench& bench) {
  const auto& all = bench.history().operations();
  return std::any_of(all.begin(), all.end(), [](const Operation& op) {
    return std::any_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) { return mop.fn == Fn::restore; });
  });
}

// What was done with one item of a set, or of a cart that is written as a list.
struct ItemUse {
  bool added = false;                 // acknowledged
  bool removed = false;               // perhaps
  Nanos last_added = INT64_MIN;       // when the last add that did not fail had returned
  Nanos removed_invoked = INT64_MIN;  // of an acknowledged removal
};
std::map<Value, ItemUse> items_of(const Workbench& bench, Key key) {
  std::map<Value, ItemUse> items;
  for (const Operation op : bench.history().operations()) {
    if (op.outcome == Outcome::fail) continue;
    const bool ok = op.outcome == Outcome::ok;
    for (const Mop& mop : op.mops) {
      if (mop.key != key) continue;
      if (mop.fn == Fn::add) {
        ItemUse& item = items[mop.argument];
        item.added = item.added || ok;
        item.last_added = std::max(item.last_added, ok ? op.completed : kNever);
      } else if (mop.fn == Fn::remove) {
        ItemUse& item = items[mop.argument];
        item.removed = true;
        if (ok) item.removed_invoked = std::max(item.removed_invoked, op.invoked);
      } else if (mop.fn == Fn::write && mop.argument.kind() == Value::Kind::list) {
        // Who writes a cart without an item that was there may have removed it.
        const auto cart = mop.argument.as_list();
        for (auto& [item, use] : items) {
          use.removed = use.removed || std::find(cart.begin(), cart.end(), item) == cart.end();
        }
        for (const Value& item : cart) items[item].added = items[item].added || ok;
      }
    }
  }
  return items;
}

// Changes all last reads of a key whose elements are not lists themselves.
template <class Change>
bool change_items_at_end(Workbench& bench, Mutation& mutation, Breakage effect, const std::string& what,
                         const Change& choose) {
  FinalReads finals;
  Key key = 0;
  if (has_restores(bench) || !random_final_key(bench, finals, 1, key)) return false;
  std::vector<Place> reads = settled_reads(bench, finals, key);
  std::erase_if(reads, [&](Place place) { return bench.mop(place).result.kind() != Value::Kind::list; });
  if (reads.empty()) return false;
  std::vector<Value> candidates;
  for (const auto& [item, use] : items_of(bench, key)) {
    if (item.kind() != Value::Kind::list && choose(use)) candidates.push_back(item);
  }
  if (candidates.empty()) return false;
  const Value item = bench.rng().pick(candidates);
  const bool lose = what == "lacks ";
  Draft draft(bench.history());
  for (const Place place : reads) {
    std::vector<Value> elements = Observed::found(bench.mop(place));
    std::erase(elements, item);
    if (!lose) elements.push_back(item);
    draft.operations[place.op].mops[place.mop].result = Value::list(std::move(elements));
  }
  Workbench::finish(mutation, effect,
                    "at the end key " + bench.history().key_name(key) + " " + what + item.to_string(), draft);
  return true;
}

bool lose_item(Workbench& bench, Mutation& mutation) {
  return change_items_at_end(bench, mutation, Breakage::real_time, "lacks ",
                             [](const ItemUse& use) { return use.added && !use.removed; });
}

bool bring_back(Workbench& bench, Mutation& mutation) {
  return change_items_at_end(bench, mutation, Breakage::real_time, "has again ", [](const ItemUse& use) {
    return use.added && use.removed_invoked != INT64_MIN && use.last_added < use.removed_invoked;
  });
}

// A text is empty at the end though more was inserted than erased.
bool lose_text(Workbench& bench, Mutation& mutation) {
  FinalReads finals;
  Key key = 0;
  if (has_restores(bench) || !random_final_key(bench, finals, 1, key)) return false;
  std::size_t inserted = 0;
  std::int64_t erased = 0;
  for (const Operation op : bench.history().operations()) {
    if (op.outcome == Outcome::fail) continue;
    for (const Mop& mop : op.mops) {
      if (mop.key != key || mop.argument.kind() != Value::Kind::pair) continue;
      const Value what = mop.argument.second();
      if (mop.fn == Fn::erase && what.is_integer()) erased += what.as_integer();
      const bool insert = mop.fn == Fn::insert && what.kind() == Value::Kind::text;
      if (insert && op.outcome == Outcome::ok) inserted += what.as_text().size();
    }
  }
  if (static_cast<std::int64_t>(inserted) <= erased) return false;
  Draft draft(bench.history());
  for (const Place place : settled_reads(bench, finals, key))
    draft.operations[place.op].mops[place.mop].result = Value::text("");
  Workbench::finish(mutation, Breakage::real_time,
                    "at the end the text of key " + bench.history().key_name(key) + " is empty", draft);
  return true;
}

constexpr KindOfType kEndKinds[] = {
    {{"lose-at-end", "what was acknowledged is in none of the last reads"}, lose_at_end},
    {{"phantom-at-end", "the last read finds a value that nobody brought"}, phantom_at_end},
    {{"twice-at-end", "the last read finds an element twice"}, twice_at_end},
    {{"lose-item", "an item that nobody removed is in none of the last reads", true}, lose_item},
    {{"bring-back", "an item that was removed is in the last reads", true}, bring_back},
    {{"lose-text", "the last reads of a text lack more than was erased", true}, lose_text},
    {{"diverge", "one replica answers otherwise at the end", true}, diverge},
};

}  // namespace

std::span<const KindOfType> end_kinds() { return kEndKinds; }

}  // namespace assay::checkers
