// Reads that see a write and miss another one that was acknowledged before the first was invoked: effects
// without what came before them. Jepsen found it in several databases with its tests "causal-reverse",
// "comments" (real time) and "sequential" (the writes of one process in its order),
// https://jepsen.io/analyses/cockroachdb-beta-20160829.
//
// Thread safety: pure functions. Complexity: n log n.
#pragma once

#include <vector>

#include "checkers/common/limits.h"
#include "checkers/transactions/commit_graph.h"

namespace assay::checkers {

// `reader` saw `later`, but not `earlier`, though that was over before `later` began.
struct MissingWrite {
  OpId earlier = 0;
  OpId later = 0;
  OpId reader = 0;
  OpId seen_instead = kNobody;  // the older write that it saw; kNobody: none
  Key key = 0;                  // of the write that is missing
};

struct MissingWrites {
  std::vector<MissingWrite> first;
  std::uint64_t count = 0;
  std::uint64_t compared = 0;  // reads of two keys or more, or lists, that saw something

  void add(const MissingWrite& missing) {
    ++count;
    if (first.size() < kKept) first.push_back(missing);
  }
  static constexpr std::size_t kKept = 8;
};

// All return false when the budget is spent. Transactions that read several registers; a version counts as
// missing if the one seen was surely written before it.
bool find_missing_in_real_time(const RegisterHistory& history, Limits& limits, MissingWrites& found);
bool find_missing_by_process(const RegisterHistory& history, Limits& limits, MissingWrites& found);
// Sets: elements added, and reads that list them.
bool find_missing_elements(const History& history, Limits& limits, MissingWrites& found);

}  // namespace assay::checkers
