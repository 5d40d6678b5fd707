// Has histories checked for linearizability, and confirms what the checker said.
//
// Thread safety: none needed; for tests.
#pragma once

#include <string>

#include "checkers/testing/fixture.h"
#include "harness/core/checker.h"

namespace assay::checkers::testing {

// Checks with these options, and asks for a certificate.
CheckResult check(const History& history, CheckerOptions options, const Budget& budget = {});

// What is wrong with a result, empty if nothing is: a certificate that the verifier refutes, a finding without words,
// a witness that is not invalid when checked alone, by the checker and, if it is small, by trying every order.
std::string confirm(const History& history, const CheckResult& result, const CheckerOptions& options);

}  // namespace assay::checkers::testing
