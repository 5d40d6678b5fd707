// After all faults were healed: does the database make progress again, and are its nodes there?
//
// Thread safety: pure functions.
#pragma once

#include "harness/core/run_result.h"

namespace assay {

// The loop's mark of a node whose process is gone though nothing holds it down any more; fact "log" has its last lines.
inline constexpr const char* kNodeEndedMark = "node-ended";

// Part of the verdict like any checker. Invalid when a node ended by itself (that is the database's doing: whoever starts it again
// in vain is told why by its log), or when not every process had success again within the recovery limit. Unknown while a fault was
// not proved to be healed.
CheckResult judge_liveness(const RunResult& result);

}  // namespace assay
