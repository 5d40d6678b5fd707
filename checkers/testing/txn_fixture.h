// Confirms what a checker of transactions said, for tests.
//
// Thread safety: none needed; for tests.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/checker.h"

namespace assay::checkers::testing {

// What is wrong with a result, empty if nothing is: a certificate that the verifier refutes, a finding without words, a
// witness that, checked alone, does not rule out the same model.
std::string confirm_transactions(std::string_view checker, const History& history, const CheckResult& result,
                                 const CheckerOptions& options);

// Names of the anomalies found, with blanks between.
std::string anomalies_of(const CheckResult& result);

// The text of a fact, empty if there is none.
std::string text_fact(const CheckResult& result, const std::string& name);

}  // namespace assay::checkers::testing
