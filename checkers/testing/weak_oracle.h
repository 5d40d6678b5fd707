// Decides the weak levels by trying every order of commits against the axioms (Biswas & Enea, OOPSLA 2019):
// slow and obvious, for small histories in tests.
//
// Thread safety: pure function. Complexity: factorial; keep to 6 transactions.
#pragma once

#include <string_view>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Level: "read-committed", "read-atomic" or "causal". Registers with unique values.
bool weak_level_by_brute_force(const History& history, const Value& initial, std::string_view level);

// Decides "pram" and "causal-memory" by trying, for each process, every order of all transactions.
bool views_by_brute_force(const History& history, const Value& initial, std::string_view level);
// The same by a relation as a table, to which the rule is applied until nothing changes: for some dozens of
// transactions, none of unknown outcome.
bool views_by_saturation(const History& history, const Value& initial, std::string_view level);

}  // namespace assay::checkers::testing
