// The reads that show what became of everything: those of the phase of final reads when the run marked it, else those
// after the last fault was healed, else all; of these the last one of each node (of each process, where no nodes are
// known) and key that was invoked after every acknowledged change of its key had returned.
//
// Thread safety: pure function. Complexity: n log n.
#pragma once

#include <map>

#include "harness/core/history.h"

namespace assay::checkers {

// By key and operation, what was found.
std::map<Key, std::multimap<OpId, Value>> last_reads(const History& history);

}  // namespace assay::checkers
