// Claims about what the last reads found: convergence, durability.
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "checkers/verify/common.h"
#include "checkers/verify/last_reads.h"
#include "checkers/verify/observations.h"

namespace assay::checkers {

namespace {

// How a key is used.
struct Use {
  bool as_register = false, as_list = false, as_set = false, has_lists = false;
};

std::map<Key, Use> uses_of(const History& history) {
  std::map<Key, Use> uses;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      Use& use = uses[mop.key];
      use.as_register = use.as_register || writes(mop);
      use.as_list = use.as_list || mop.fn == Fn::append;
      use.as_set = use.as_set || mop.fn == Fn::add || mop.fn == Fn::remove;
      use.has_lists = use.has_lists || (mop.fn != Fn::read && mop.argument.kind() == Value::Kind::list);
    }
  }
  return uses;
}

// Sets, and siblings of a register that was never given a list, have no order.
Value without_order(const Use& use, const Value& value) {
  if (use.as_set && value.is_nil()) return Value::list({});
  const bool siblings = use.as_register && !use.has_lists && !use.as_list;
  if (value.kind() != Value::Kind::list || !(use.as_set || siblings)) return value;
  std::vector<Value> elements = elements_of(value);
  std::sort(elements.begin(), elements.end());
  return Value::list(std::move(elements));
}

}  // namespace

std::string refute_convergence(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::map<Key, Use> uses = uses_of(history);
  bool compared = false;
  for (const auto& [key, reads] : last_reads(history)) {
    const Value first = without_order(uses[key], reads.begin()->second);
    for (const auto& [id, value] : reads) {
      if (without_order(uses[key], value) != first) return complain(id, "found something else than another");
    }
    compared = compared || reads.size() > 1;
  }
  return compared ? "" : kNothing;
}

namespace {

// What happened to one value of a key.
struct Fate {
  std::size_t acknowledged = 0;
  Nanos invoked = INT64_MIN;        // of the last acknowledged
  Nanos completed = INT64_MIN;      // of all that may have happened, the latest
  Nanos removed = INT64_MIN;        // invocation of the last acknowledged removal
  Nanos maybe_removed = INT64_MIN;  // completion of all that may have happened, the latest
};

struct Fates {
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

// Whether one of these is of a write that no acknowledged one followed.
bool is_last(const Fates& fates, const std::vector<Value>& candidates) {
  return std::any_of(candidates.begin(), candidates.end(), [&](const Value& value) {
    const auto fate = fates.values.find(value);
    return fate != fates.values.end() && fate->second.completed >= fates.last_write;
  });
}

std::string refute_elements(OpId id, const Fates& fates, const std::vector<Value>& found, bool is_list) {
  std::map<Value, std::size_t> times;
  for (const Value& value : found) ++times[value];
  for (const auto& [value, fate] : fates.values) {
    const std::size_t seen = times[value];
    const std::size_t wanted = is_list ? fate.acknowledged : std::min<std::size_t>(fate.acknowledged, 1);
    if (seen < wanted && (is_list || fate.maybe_removed < fate.invoked))
      return complain(id, "lacks " + value.to_string());
    const bool gone = fate.completed != INT64_MIN && fate.completed < fate.removed;
    if (!is_list && gone && seen > 0)
      return complain(id, "found " + value.to_string() + ", which was removed");
  }
  return {};
}

}  // namespace

std::string refute_durability(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::map<Key, Fates> fates;
  for (const Operation op : history.operations()) {
    for (std::size_t i = 0; i < op.mops.size(); ++i) {
      const Mop& mop = op.mops[i];
      if (mop.fn == Fn::restore || mop.fn == Fn::insert || mop.fn == Fn::erase)
        return complain(op.id, "restores or edits, which nothing here can confirm");
      if (op.outcome == Outcome::fail || mop.fn == Fn::read || mop.fn == Fn::backup) continue;
      const bool overwritten =
          writes(mop) &&
          std::any_of(op.mops.begin() + static_cast<std::ptrdiff_t>(i) + 1, op.mops.end(),
                      [&](const Mop& later) { return later.key == mop.key && later.fn != Fn::read; });
      if (!overwritten) note(op, mop, fates[mop.key]);
    }
  }
  std::map<Key, Use> uses = uses_of(history);
  bool judged = false;
  for (const auto& [key, reads] : last_reads(history)) {
    const Use use = uses[key];
    const bool counts =
        std::any_of(reads.begin(), reads.end(), [](const auto& read) { return read.second.is_integer(); });
    const bool mixed = use.as_register + use.as_list + use.as_set > 1;
    if (mixed || fates[key].last_write == INT64_MIN || (use.as_set && counts)) continue;
    judged = true;
    for (const auto& [id, value] : reads) {
      std::vector<Value> found = elements_of(value);
      if (!use.as_register) {
        wrong = refute_elements(id, fates[key], found, use.as_list);
        if (!wrong.empty()) return wrong;
        continue;
      }
      if (value.kind() != Value::Kind::list || use.has_lists) found = {value};
      if (!is_last(fates[key], found)) return complain(id, "did not find what was acknowledged last");
    }
  }
  return judged ? "" : kNothing;
}

}  // namespace assay::checkers
