// What a run folder keeps of its latencies beside results.json, for other tools:
//
//   latencies.hlog  histograms, one line for each second, kind, outcome and node, in the log format of HdrHistogram (version
//                   1.3; times in seconds of the run, values in nanoseconds). The tag says which:
//                   kind.outcome.node.duration, such as read.ok.n1.response; what was due outside the main phase (warm-up
//                   and after it) begins with "outside."
//   samples.npz     every operation as columns, in NumPy's format: due, sent, completed (ns since the run began; completed is
//                   -1 for outcome info), kind (index into kinds), outcome (0 ok, 1 fail, 2 info), node (-1 unknown),
//                   process, main (whether it was due in the main phase)
//
// Thread safety: plain functions. Complexity: linear in operations; all of the file is in memory.
#pragma once

#include <string>

#include "harness/core/run_result.h"

namespace assay::formats {

std::string latencies_hlog(const RunResult& run);
std::string samples_npz(const RunResult& run);

}  // namespace assay::formats
