// Decides linearizability by trying every order: slow and obvious, for small histories in tests.
//
// Thread safety: pure function. Complexity: factorial; keep to 8 operations.
#pragma once

#include <string>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Every key starts at `initial`; collections begin empty, counters at 0, locks free. `model` is that of the
// checker "linearizable"; "kv" stands for every kind of register, and knows read, write, cas, append and add,
// in transactions of any number of steps.
bool linearizable_by_brute_force(const History& history, const Value& initial,
                                 const std::string& model = "kv");

// The same for sequential consistency: only the order of each process counts, not time.
bool sequential_by_brute_force(const History& history, const Value& initial, const std::string& model = "kv");

}  // namespace assay::checkers::testing
