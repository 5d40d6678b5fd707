// The ends of the logs that a run folder keeps of its nodes, for the page.
//
// Errors: what can't be read is left out. Thread safety: reads files only.
#pragma once

#include <string>
#include <vector>

#include "reports/page/page.h"

namespace assay::reports {

// Of directory/nodes/, in order of their paths; at most a dozen logs and 40 lines of each.
std::vector<LogExcerpt> log_excerpts_of(const std::string& directory);

}  // namespace assay::reports
