// The summary of a suite: what was run against what, with how many verdicts of each kind, and the PACELC table (claim OP1).
//
// PACELC: D. Abadi, "Consistency tradeoffs in modern distributed database system design", IEEE Computer 45(2), 2012.
// Thread safety: pure functions.
#pragma once

#include <string>

#include "harness/core/experiment.h"

namespace assay::reports {

// A row for each target, mode and workload, a column for each set of faults.
std::string matrix_section(const SuiteReport& suite);

// Of the experiment OP1, whose runs are named "<what>, <claimed class>: partitioned" and "...: undisturbed". Empty when the
// suite has no such experiment.
//
// Measured class: PA when writes never ceased for a second while no group of nodes was a majority, else PC; EC when every
// undisturbed run was linearizable, else EL.
std::string pacelc_section(const SuiteReport& suite);

}  // namespace assay::reports
