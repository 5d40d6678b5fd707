// No pair of keys is seen written the one without the other both ways round.
#include <map>
#include <set>
#include <utility>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"

namespace assay::checkers {

std::string refute_long_fork(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::map<Key, std::pair<OpId, Value>> written_by;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read || op.outcome == Outcome::fail) continue;
      if (mop.fn != Fn::write) return complain(op.id, "is neither a read nor a write");
      if (!written_by.try_emplace(mop.key, op.id, mop.argument).second)
        return complain(op.id, "writes a key again");
    }
  }
  std::set<std::pair<Key, Key>> seen_before;
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::ok) continue;
    std::set<Key> seen, unseen;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read) continue;
      if (mop.result.is_nil()) {
        unseen.insert(mop.key);
        continue;
      }
      const auto write = written_by.find(mop.key);
      const bool known = write != written_by.end() && write->second.second == mop.result;
      if (!known || history.at(write->second.first).invoked > op.completed)
        return complain(op.id, "read what nobody had written");
      if (write->second.first != op.id) seen.insert(mop.key);  // its own write it sees in any case
    }
    for (const Key first : seen) {
      for (const Key second : unseen) {
        seen_before.insert({first, second});
        if (seen_before.contains({second, first}))
          return complain(op.id, "saw two writes in the opposite order");
      }
    }
  }
  return seen_before.empty() ? kNothing : "";
}

}  // namespace assay::checkers
