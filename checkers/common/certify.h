// Certificates of checkers whose proof is nothing but the history itself.
//
// Thread safety: pure function. Complexity: that of counting again, n log n.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Adds a certificate without an order when what makes the history valid can be counted again: its claim is the name of the
// checker, with the options given (checkers/verify/observations.h).
void certify(const std::string& checker, const CheckerOptions& options, const History& history,
             CheckResult& result);

}  // namespace assay::checkers
