// What is known of the adds or enqueues of each element of each key.
//
// Thread safety: pure function. Complexity: n log n.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "harness/core/history.h"

namespace assay::checkers {

using Element = std::pair<Key, Value>;

struct Added {
  Nanos first_invoked = kNever;    // of those that did not fail
  Nanos first_completed = kNever;  // of those that were acknowledged
  std::uint64_t attempted = 0, acknowledged = 0, found = 0;
};

inline std::map<Element, Added> added_by(const History& history, Fn fn) {
  std::map<Element, Added> all;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::fail) continue;
    for (const Mop& mop : op.mops) {
      if (mop.fn != fn) continue;
      Added& added = all[{mop.key, mop.argument}];
      added.first_invoked = std::min(added.first_invoked, op.invoked);
      ++added.attempted;
      if (op.outcome != Outcome::ok) continue;
      ++added.acknowledged;
      added.first_completed = std::min(added.first_completed, op.completed);
    }
  }
  return all;
}

}  // namespace assay::checkers
