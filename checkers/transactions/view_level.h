// The checkers "pram" and "causal-memory", which differ in the base order of process_views.h only.
//
// Thread safety: pure functions. Complexity: see process_views.h.
#pragma once

#include <memory>

#include "checkers/transactions/process_views.h"
#include "checkers/transactions/register_options.h"

namespace assay::checkers {

std::unique_ptr<Checker> make_view_level_checker(ViewLevel level, RegisterOptions options);

// Why the process has no view, with every inferred step behind the contradiction.
Finding explain_view(const RegisterHistory& history, ViewLevel level, const ViewViolation& violation,
                     Limits& limits);

}  // namespace assay::checkers
