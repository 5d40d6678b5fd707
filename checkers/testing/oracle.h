// Decides linearizability by trying every order: slow and obvious, for small histories in tests.
//
// Thread safety: pure function. Complexity: factorial; keep to 8 operations.
#pragma once

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Every key starts at `initial`. Knows read, write, cas, append and add, in transactions of any number of steps.
bool linearizable_by_brute_force(const History& history, const Value& initial);

}  // namespace assay::checkers::testing
