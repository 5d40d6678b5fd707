// Anomalies that have a name of their own and are more than a cycle: lost-update, fractured-read,
// observed-transaction-vanishes, the four session guarantees and causality. Each is a cycle, too, so they are looked for
// among the transactions of cycles only.
//
// Sources: Bailis et al., "Highly available transactions" (VLDB 2013) and "RAMP" (SIGMOD 2014); Terry et al., "Session
// guarantees" (PDIS 1994); Bouajjani et al. (POPL 2017) for causality.
//
// Thread safety: pure function. Complexity: near linear in the mops of the transactions on cycles; causality within a
// fixed number of steps.
#pragma once

#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/cyclic_part.h"
#include "checkers/elle/judgement.h"
#include "checkers/elle/list_history.h"

namespace assay::checkers::elle {

// At most a few findings of each. False when the limits are spent.
bool find_list_shapes(const ListHistory& lists, const CyclicPart& part, Limits& limits,
                      std::vector<Anomaly>& anomalies);

}  // namespace assay::checkers::elle
