// Runs made up for the tests of the reports: each has the shape of a real one. Only test programs link this.
#pragma once

#include "harness/core/run_result.h"

namespace assay::reports {

RunResult valid_run(int operations);    // partitions, kills and clock faults, verified and healed
RunResult invalid_run(int operations);  // a stale read with its witness, a seeded bug, hostile values
RunResult vacuous_run();                // nothing succeeded
RunResult empty_run();                  // no operation at all
RunResult trouble_run();                // the harness failed
RunResult interrupted_run();

// Adds what was seen of two nodes: the second one's clock is ahead by 1.5 s, and it was behind by 40 operations at most.
void watch_nodes(RunResult& run);

}  // namespace assay::reports
