// Confirms a commit order for read-committed, read-atomic and causal, by the axioms (Biswas & Enea, OOPSLA
// 2019): every ok operation is in it once, none that failed is; sessions and reads-from go forwards; and
// whenever t3 reads x from t1 and a transaction t2 that writes x is in sight of t3, as the level has it, t2
// is not after t1.
//
// Thread safety: pure function. Complexity: linear times the sessions for causal, near linear otherwise.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// The claim is the level. Option "initial": what every key holds at first (an integer or nil).
std::string refute_commit_order(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
