// A check and the proof of what it found: the witness of every finding is checked again as a history of its own. A
// finding that does not stand on its witness alone is shown as such; the verdict stays. Keys that have names are called by
// them.
//
// Thread safety: pure functions. Complexity: that of the check; witnesses are small. What is left of the time budget is
// spent on witnesses, so a finding may stay unchecked.
#pragma once

#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers {

CheckResult judge(const Checker& checker, const History& history, const Budget& budget);

// The operations with these ids, in order of invocation, as a history of its own; names of nodes and keys stay.
// Requires: ids < history.size(). Ids may repeat and be in any order.
History history_of(const History& history, std::vector<OpId> ids);

}  // namespace assay::checkers
