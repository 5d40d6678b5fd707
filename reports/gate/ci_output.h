// Tells the CI system, where there is one: a summary in the file that GITHUB_STEP_SUMMARY names, annotations as workflow commands
// on standard error when GITHUB_ACTIONS is true. Elsewhere nothing happens.
//
// Thread safety: none (environment, files). Errors: none; a summary that can't be written is said on standard error.
#pragma once

#include <string>
#include <vector>

#include "reports/gate/gate_report.h"

namespace assay::reports {

void tell_ci(const std::string& markdown, const std::vector<Annotation>& annotations);

// "::error title=...::...", with what has a meaning in that notation escaped.
std::string workflow_command(const Annotation& annotation);

}  // namespace assay::reports
