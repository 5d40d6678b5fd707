// Session guarantees on registers with unique values, where the order of versions is not known: whether there
// is one at all.
//
// Each guarantee says of two operations of a session on a key which version is newer. The initial one is the
// oldest, and a compare-and-set makes a version newer than the one that it expected. An order of the versions
// of a key that fits everything exists if and only if these edges have no cycle, so a cycle is a violation,
// of one guarantee if all its edges are of one, else of all together, and no cycle proves all four at once.
// Comparing with the session's last read and last write is enough for that. For a single guarantee it is not
// (without monotonic writes a read is to be compared with every write before), so one of them can be refuted
// where the others are not asked for, but not proved if all four fail.
//
// Edges that agree with the order of invocation need no look: only keys with one that does not are looked at
// again.
//
// Thread safety: none. Complexity: linear. Memory: 8 bytes for each key of each session; 24 a version and
// edge of the keys that are looked at again.
#pragma once

#include <vector>

#include "checkers/sessions/guarantees.h"
#include "checkers/transactions/register_history.h"

namespace assay::checkers {

struct VersionResult {
  SessionViolations violations;
  bool all_hold = false;  // proved: one order of versions fits all four
  std::uint64_t reads = 0, writes = 0, keys_looked_at = 0;
  std::vector<std::vector<TransactionId>> orders;  // by key: who wrote its versions, oldest first
};

// False when the budget is spent. `wanted`: bits of guarantees. `with_orders`: the order of versions, where all
// guarantees hold.
bool check_versions(const RegisterHistory& history, unsigned wanted, bool with_orders, Limits& limits,
                    VersionResult& result);

}  // namespace assay::checkers
