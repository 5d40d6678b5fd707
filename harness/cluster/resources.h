// What the node agents read of their hosts (agent/resources.h), as rates over the time between two readings, on the clock of the
// controller.
//
// Thread safety: pure functions. Units: nanoseconds, bytes. Errors: HarnessError for readings that no agent writes.
#pragma once

#include <string>
#include <vector>

#include "harness/core/observations.h"

namespace assay::cluster {

// How a host's clocks relate to the controller's: what both said at one moment, known to within the time that asking took.
struct ClockRelation {
  Nanos host_monotonic = 0, host_wall = 0;
  Nanos here_monotonic = 0, here_wall = 0;
  Nanos precision = 0;  // half of the time that the question took
};

// `readings`: lines of the agent, in order; `host`: its name, for errors. Times of the result are on the controller's monotonic
// clock. One sample for every reading but the first.
NodeResources resources_from(const std::vector<std::string>& readings, const ClockRelation& clocks,
                             const std::string& host);

}  // namespace assay::cluster
