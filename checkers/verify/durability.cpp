// The last reads of a key found what was acknowledged, and not undone by a restore.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/last_reads.h"
#include "checkers/verify/registers.h"
#include "checkers/verify/undone.h"

namespace assay::checkers {

namespace {

// What happened to one value of a key.
struct Fate {
  std::size_t acknowledged = 0;
  Nanos invoked = INT64_MIN, completed = INT64_MIN;  // the last acknowledged, the last that may have happened
  Nanos removed = INT64_MIN, maybe_removed = INT64_MIN;  // the same of removals: invocation, completion
};

struct Fates {
  bool as_register = false, as_list = false, as_set = false, has_lists = false;
  std::map<Value, Fate> values;
  Nanos last_write = INT64_MIN;  // invocation of the last acknowledged change
};

void note(const Operation& op, const Mop& mop, Fates& fates) {
  const bool ok = op.outcome == Outcome::ok;
  Fate& fate = fates.values[writes(mop) ? written(mop) : mop.argument];
  if (ok) fates.last_write = std::max(fates.last_write, op.invoked);
  if (mop.fn == Fn::remove) {
    fate.maybe_removed = std::max(fate.maybe_removed, op.completed);
    if (ok) fate.removed = std::max(fate.removed, op.invoked);
    return;
  }
  fate.completed = std::max(fate.completed, op.completed);
  if (!ok) return;
  ++fate.acknowledged;
  fate.invoked = std::max(fate.invoked, op.invoked);
}

std::string refute_elements(OpId id, const Fates& fates, const std::vector<Value>& found) {
  std::map<Value, std::size_t> times;
  for (const Value& value : found) ++times[value];
  for (const auto& [value, fate] : fates.values) {
    const std::size_t seen = times[value];
    const bool kept = fates.as_list
                          ? seen >= fate.acknowledged
                          : seen > 0 || fate.acknowledged == 0 || fate.maybe_removed >= fate.invoked;
    if (!kept) return complain(id, "lacks " + value.to_string());
    const bool gone = fate.completed != INT64_MIN && fate.completed < fate.removed;
    if (!fates.as_list && gone && seen > 0)
      return complain(id, "found " + value.to_string() + ", which was removed");
  }
  return {};
}

}  // namespace

std::string refute_durability(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"deletions"});
  if (!wrong.empty()) return wrong;
  const bool accidents = option_of(certificate, "deletions", "meant") == "accidents";
  const Undone undone(history);
  std::map<Key, Fates> fates;
  for (const Operation given : history.operations()) {
    const Operation op = undone.left_of(given).value_or(Operation());
    std::set<Key> later;  // what the same transaction changes again
    for (std::size_t i = op.mops.size(); i-- > 0;) {
      const Mop& mop = op.mops[i];
      if (mop.fn == Fn::insert || mop.fn == Fn::erase)
        return complain(op.id, "edits a text, which nothing here can confirm");
      const bool changes = mop.fn != Fn::read && mop.fn != Fn::backup && mop.fn != Fn::restore;
      const bool overwritten = changes && !later.insert(mop.key).second && writes(mop);
      if (!changes || (accidents && mop.fn == Fn::write && mop.argument.is_nil())) continue;
      Fates& of_key = fates[mop.key];
      (writes(mop) ? of_key.as_register : mop.fn == Fn::append ? of_key.as_list : of_key.as_set) = true;
      of_key.has_lists = of_key.has_lists || mop.argument.kind() == Value::Kind::list;
      if (op.outcome != Outcome::fail && !overwritten) note(op, mop, of_key);
    }
  }
  bool judged = false;
  for (const auto& [key, reads] : last_reads(history)) {
    const Fates& use = fates[key];
    const bool counts =
        std::any_of(reads.begin(), reads.end(), [](const auto& read) { return read.second.is_integer(); });
    const bool mixed = use.as_register + use.as_list + use.as_set > 1;
    if (mixed || use.last_write == INT64_MIN || (use.as_set && counts)) continue;
    judged = true;
    for (const auto& [id, value] : reads) {
      std::vector<Value> found = elements_of(value);
      if (!use.as_register) wrong = refute_elements(id, use, found);
      if (!wrong.empty()) return wrong;
      if (!use.as_register) continue;
      if (value.kind() != Value::Kind::list || use.has_lists) found = {value};
      // One of these is of a write that no acknowledged one followed.
      const bool is_last = std::any_of(found.begin(), found.end(), [&](const Value& each) {
        return use.values.contains(each) && use.values.at(each).completed >= use.last_write;
      });
      if (!is_last) return complain(id, "did not find what was acknowledged last");
    }
  }
  return judged ? "" : kNothing;
}

}  // namespace assay::checkers
