// Changes of what is read at the end, when nothing is written any more.
#include <algorithm>
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

constexpr KindOfType kEndKinds[] = {
    {{"lose-at-end", "what was acknowledged is in none of the last reads"}, lose_at_end},
    {{"phantom-at-end", "the last read finds a value that nobody brought"}, phantom_at_end},
    {{"twice-at-end", "the last read finds an element twice"}, twice_at_end},
    {{"diverge", "one replica answers otherwise at the end", true}, diverge},
};

}  // namespace

std::span<const KindOfType> end_kinds() { return kEndKinds; }

}  // namespace assay::checkers
