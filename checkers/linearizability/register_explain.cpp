// Words for a violation: its name in the literature, and the steps that lead to it.
#include <algorithm>

#include "checkers/linearizability/partition.h"
#include "checkers/linearizability/register_check.h"
#include "checkers/linearizability/register_witness.h"

namespace assay::checkers {

namespace {

using Kind = RegisterOp::Kind;
constexpr std::size_t kOrderShown = 8;
constexpr std::size_t kContextMax = 12;

struct Case {
  const History& history;
  const RegisterObject& object;
  const Value& initial;
  Key key;
  const WitnessSearch& search;

  const RegisterOp& op(std::uint32_t index) const { return object.ops[index]; }
  std::string text(std::uint32_t index) const { return describe(history.at(op(index).id)); }
  Value needed_value(std::uint32_t reader) const {
    const Mop& mop = history.at(op(reader).id).mops.front();
    return mop.fn == Fn::cas ? mop.argument.first() : mop.result;
  }
  Value left_value(std::uint32_t index) const {
    const Mop& mop = history.at(op(index).id).mops.front();
    return mop.fn == Fn::cas ? mop.argument.second() : mop.fn == Fn::write ? mop.argument : mop.result;
  }
};

struct Named {
  std::string anomaly = "non-linearizable";
  std::string summary;
  std::vector<std::uint32_t> shown;  // operations that belong into the witness to make it readable
  std::uint32_t reader = kNone;      // the one that alone shows it, if one does
};

bool failed_write_of(const Case& c, const Value& value) {
  for (const Operation op : c.history.operations()) {
    if (op.outcome != Outcome::fail) continue;
    for (const Mop& mop : op.mops) {
      if (mop.key != c.key) continue;
      if (mop.fn == Fn::write && mop.argument == value) return true;
      if (mop.fn == Fn::cas && mop.argument.second() == value) return true;
    }
  }
  return false;
}

// The operation of the set, returned before the reader began, that began last: what overwrote the rest.
std::uint32_t overwriter(const Case& c, std::uint32_t reader, const OpSet& set) {
  std::uint32_t latest = kNone;
  for (const std::uint32_t index : set) {
    if (!c.op(index).changes() || c.op(index).completed >= c.op(reader).invoked) continue;
    if (latest == kNone || c.op(index).invoked >= c.op(latest).invoked) latest = index;
  }
  return latest;
}

// Names the violation if one reader alone shows it: nothing can have left what it saw.
bool name_by_reader(const Case& c, std::uint32_t reader, const OpSet& set, Named& named) {
  const RegisterOp& what = c.op(reader);
  if (what.is_info() || what.kind == Kind::write) return false;
  if (!c.search.sources(reader, set).empty() || c.search.initial_possible(reader, set)) return false;
  const OpSet& writers = c.search.writers(what.needs());
  const Value value = c.needed_value(reader);
  named.reader = reader;
  const std::string who = "Operation " + std::to_string(what.id) +
                          (what.kind == Kind::cas ? " found " : " read ") + value.to_string();
  std::uint32_t last = kNone;
  bool other_writers = false;
  for (const std::uint32_t writer : writers) {
    if (writer == reader) continue;
    other_writers = true;
    if (c.op(writer).invoked <= what.completed) last = writer;
  }
  const bool was_there = last != kNone || what.needs() == RegisterObject::kInitial;
  if (!was_there && !other_writers) {
    const bool aborted = failed_write_of(c, value);
    named.anomaly = aborted ? "aborted-read" : "phantom-read";
    named.summary = who + (aborted ? ", which only operations that failed would have written."
                                   : ", which no operation wrote.");
    return true;
  }
  if (!was_there) {
    named.anomaly = "future-read";
    named.summary = who + " before any operation that writes it was invoked.";
    return true;
  }
  named.anomaly = what.kind == Kind::cas ? "lost-update" : "stale-read";
  named.summary =
      who + ", which had been overwritten before the " + (what.kind == Kind::cas ? "cas" : "read") + " began";
  const std::uint32_t over = overwriter(c, reader, set);
  named.summary +=
      over == kNone ? "." : ", by operation " + std::to_string(c.op(over).id) + " at the latest.";
  if (last != kNone) named.shown.push_back(last);
  return true;
}

// More compare-and-sets took a value away than operations put it there: some took the same one.
bool name_lost_update(const Case& c, const OpSet& set, Named& named) {
  for (const std::uint32_t first : set) {
    if (c.op(first).kind != Kind::cas || c.op(first).is_info() || c.op(first).expected == c.op(first).value)
      continue;
    std::size_t taken = 0, left = c.op(first).expected == RegisterObject::kInitial ? 1 : 0;
    for (const std::uint32_t other : set) {
      const RegisterOp& what = c.op(other);
      if (what.kind == Kind::cas && what.expected == what.value) continue;
      if (what.kind == Kind::cas && !what.is_info() && what.expected == c.op(first).expected) ++taken;
      if (what.changes() && what.value == c.op(first).expected) ++left;
    }
    if (taken <= left) continue;
    named.anomaly = "lost-update";
    named.summary = std::to_string(taken) + " compare-and-sets on key " + c.history.key_name(c.key) +
                    " found " + c.needed_value(first).to_string() + ", which was there " +
                    std::to_string(left) + (left == 1 ? " time only." : " times only.");
    return true;
  }
  return false;
}

Named name_violation(const Case& c, const OpSet& set) {
  Named named;
  for (const std::uint32_t index : set) {
    if (name_by_reader(c, index, set, named)) return named;
  }
  if (name_lost_update(c, set, named)) return named;
  named.summary = "No order of " + std::to_string(set.size()) + " operations on key " +
                  c.history.key_name(c.key) + " explains what they saw.";
  return named;
}

std::string register_holds(const Case& c, const OpSet& set, const std::vector<std::uint32_t>& order) {
  Value value = c.initial;
  for (const std::uint32_t index : order) {
    if (c.op(set[index]).changes()) value = c.left_value(set[index]);
  }
  return value.to_string();
}

// What the operation that got stuck needed, and why nothing in flight provides it.
void explain_stuck(const Case& c, const OpSet& set, const std::vector<std::uint32_t>& order,
                   std::uint32_t stuck, std::vector<std::string>& steps) {
  const RegisterOp& what = c.op(stuck);
  const std::string it = "operation " + std::to_string(what.id);
  if (what.kind == Kind::write) {
    steps.push_back("Then " + it +
                    " returned: it must have taken effect, but whatever is put next contradicts "
                    "what is read later.");
  } else {
    steps.push_back("Then " + it + " returned: it must have found " + c.needed_value(stuck).to_string() +
                    ".");
  }
  for (std::uint32_t position = 0; position < set.size(); ++position) {
    const std::uint32_t index = set[position];
    const RegisterOp& other = c.op(index);
    if (index == stuck || !other.changes() || other.invoked > what.completed) continue;
    if (std::find(order.begin(), order.end(), position) != order.end()) continue;
    steps.push_back(
        "Operation " + std::to_string(other.id) + " (" + c.text(index) + ") was in flight, and leaves " +
        c.left_value(index).to_string() +
        (other.kind == Kind::cas ? " only where it finds " + c.needed_value(index).to_string() : "") + ".");
  }
}

// The operations of the set alone. Where one reader shows the violation, the set lacks what other compare-and-sets found:
// they count as writes, so that what is impossible is what the reader saw, and nothing else.
RegisterObject operations_alone(const Case& c, const OpSet& set, std::uint32_t reader) {
  RegisterObject alone = sub_object(c.object, set);
  if (reader == kNone) return alone;
  for (std::size_t i = 0; i < set.size(); ++i) {
    RegisterOp& op = alone.ops[i];
    if (set[i] == reader || op.kind != Kind::cas) continue;
    op.kind = Kind::write;
    op.expected = 0;
  }
  return alone;
}

// `found`: a search among the operations of the set that failed, with positions in the set.
std::vector<std::string> make_steps(const Case& c, const OpSet& set, const ObjectResult& found) {
  std::vector<std::string> steps;
  const std::size_t skipped = found.order.size() > kOrderShown ? found.order.size() - kOrderShown : 0;
  if (skipped > 0) steps.push_back(std::to_string(skipped) + " operations took effect before these.");
  for (std::size_t i = skipped; i < found.order.size(); ++i) {
    steps.push_back("Operation " + std::to_string(c.op(set[found.order[i]]).id) + " (" +
                    c.text(set[found.order[i]]) + ") can have taken effect next.");
  }
  steps.push_back("Now the register holds " + register_holds(c, set, found.order) + ".");
  explain_stuck(c, set, found.order, set[found.stuck_at], steps);
  steps.push_back("All other orders of these operations were tried too (" +
                  std::to_string(found.configurations) + " configurations), and none gets further.");
  return steps;
}

std::vector<OpId> make_context(const RegisterObject& object, const OpSet& set) {
  std::vector<OpId> context;
  if (set.empty()) return context;
  const std::size_t begin = set.back() > kContextMax / 2 ? set.back() - kContextMax / 2 : 0;
  for (std::size_t i = begin; i < object.ops.size() && i < begin + kContextMax; ++i) {
    if (!std::binary_search(set.begin(), set.end(), static_cast<std::uint32_t>(i))) {
      context.push_back(object.ops[i].id);
    }
  }
  return context;
}

std::uint32_t index_of(const RegisterObject& object, OpId id) {
  const auto found = std::lower_bound(object.ops.begin(), object.ops.end(), id,
                                      [](const RegisterOp& op, OpId wanted) { return op.id < wanted; });
  return static_cast<std::uint32_t>(found - object.ops.begin());
}

}  // namespace

Finding explain_register(const History& history, std::span<const OpId> ids, const Value& initial,
                         const ObjectVerdict& verdict, Limits& limits) {
  Charge charge(limits, ids.size() * (sizeof(RegisterOp) + 16));
  const RegisterObject object = make_register_object(history, ids, initial);
  WitnessSearch search(object, limits);
  OpSet set = search.evident();
  const bool evident = !set.empty();
  if (evident) {
    // One operation that nothing can explain needs no sources of its own.
  } else if (verdict.stuck_at != kNone) {
    set = search.from_prefix(index_of(object, verdict.stuck_at));
  } else {
    for (const OpId id : verdict.conflict) set.push_back(index_of(object, id));
    set = search.from_conflict(set);
  }
  const Case c{history, object, initial, history.at(ids.front()).mops.front().key, search};
  Named named = name_violation(c, set);
  if (!evident) named.reader = kNone;  // the set has the sources of everything in it
  for (const std::uint32_t index : named.shown) {
    if (!std::binary_search(set.begin(), set.end(), index)) {
      set.insert(std::lower_bound(set.begin(), set.end(), index), index);
    }
  }
  if (!evident) set = search.closure(std::move(set));
  Finding finding;
  finding.anomaly = named.anomaly;
  finding.model = "linearizable";
  finding.object = "key " + history.key_name(c.key);
  finding.summary = named.summary;
  // Without dropping useless info operations, so that positions in the set stay.
  const ObjectResult found = search_register(operations_alone(c, set, named.reader), {200'000, true}, limits);
  const bool invalid_alone = found.verdict == Verdict::invalid;
  if (invalid_alone) finding.steps = make_steps(c, set, found);
  for (const std::uint32_t index : set) finding.witness.push_back(object.ops[index].id);
  finding.context = make_context(object, set);
  finding.details.push_back({"witness_operations", Value(static_cast<std::int64_t>(set.size()))});
  finding.details.push_back({"witness_checked_alone", Value::boolean(invalid_alone)});
  return finding;
}

}  // namespace assay::checkers
