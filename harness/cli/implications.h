// What follows from one check for another: a history that is linearizable is sequentially consistent, and so on. A weaker
// model that could not be decided by itself (values that are written twice, a spent budget) is valid when a stronger one is.
//
// Thread safety: plain functions.
#pragma once

#include <string_view>
#include <vector>

#include "harness/cli/check_report.h"

namespace assay::cli {

// Whether every history that the first checker accepts is one that the second must accept.
bool implies(std::string_view stronger, std::string_view weaker);

// Turns `unknown` into `valid` where it follows, and says from what. Only checks with the same initial value count.
void conclude_from_stronger(std::vector<Checked>& checks);

}  // namespace assay::cli
