// No read of sets finds an element and misses another one that was acknowledged before the first was invoked, in a key that
// it reads.
#include <map>
#include <set>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

std::string refute_reversed_sets(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"order"});
  if (!wrong.empty()) return wrong;
  if (option_of(certificate, "order", "real-time") != "real-time")
    return "Its order is none that can be confirmed.";
  std::map<std::pair<Key, Value>, OpId> added_by;
  std::map<Key, std::set<std::pair<Nanos, Value>>> acknowledged;  // by when
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read && mop.fn != Fn::add)
        return complain(op.id, "is not of sets, which nothing here can confirm");
      if (mop.fn != Fn::add || op.outcome == Outcome::fail) continue;
      if (!added_by.try_emplace({mop.key, mop.argument}, op.id).second)
        return complain(op.id, "adds an element again, which nothing here can confirm");
      if (op.outcome == Outcome::ok) acknowledged[mop.key].insert({op.completed, mop.argument});
    }
  }
  bool any = false;
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::ok) continue;
    std::set<std::pair<Key, Value>> found;
    Nanos newest = INT64_MIN;  // when the newest of them was invoked
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read) continue;
      for (const Value& element : elements_of(mop.result)) {
        const auto added = added_by.find({mop.key, element});
        if (added == added_by.end()) continue;
        found.insert(added->first);
        newest = std::max(newest, history.at(added->second).invoked);
      }
    }
    any = any || !found.empty();
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || found.empty()) continue;
      for (const auto& [when, element] : acknowledged[mop.key]) {
        if (when >= newest) break;
        if (!found.contains({mop.key, element})) return complain(op.id, "lacks " + element.to_string());
      }
    }
  }
  return any ? "" : kNothing;
}

}  // namespace assay::checkers
