// Findings of the weak levels in words: why transactions that form a cycle cannot have committed in any
// order, edge by edge. Where an edge was inferred, who forces it is looked for only now.
//
// Thread safety: pure functions. Complexity: linear in the history for each edge of a cycle.
#pragma once

#include <vector>

#include "checkers/transactions/weak_rules.h"

namespace assay::checkers {

// `cycle`: transactions of which each must commit before the next, and the last one before the first.
Finding explain_cycle(const RegisterHistory& history, WeakLevel level,
                      const std::vector<TransactionId>& cycle, Limits& limits);

Finding explain_initial_read(const RegisterHistory& history, WeakLevel level, const InitialRead& read,
                             Limits& limits);

}  // namespace assay::checkers
