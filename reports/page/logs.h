// What the nodes wrote in their logs around the first anomaly of a run, or at the end of it where there is none.
//
// Thread safety: reads files. Errors: what can't be read is left out. Complexity: linear in the logs; of one, at most its last 64 MiB
// are read.
#pragma once

#include <string>
#include <vector>

#include "harness/core/run_result.h"
#include "reports/page/page.h"

namespace assay::reports {

// Of every log below `directory`/nodes, in order of their paths, at most twelve.
std::vector<LogExcerpt> log_excerpts_of(const std::string& directory, const RunResult& run);

// From the content of one log. `clock`: samples of the node's clock; empty when none were taken.
LogExcerpt log_excerpt(const std::string& name, const std::string& content, const RunResult& run,
                       const std::vector<NodeSample>& clock);

}  // namespace assay::reports
