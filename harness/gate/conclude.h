// From all that a gate found to one answer and its exit code: consistency first (invalid fails, unknown never passes), then the
// quality of the measurement, objectives, comparison with the baseline.
//
// Thread safety: pure functions.
#pragma once

#include "harness/core/gate.h"

namespace assay::gate {

// Sets verdict (of speed alone), reason and exit code from the rest of the report.
void conclude_gate(GateReport& report);

}  // namespace assay::gate
