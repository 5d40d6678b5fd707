// Certificates of checkers whose proof is nothing but the history itself, or an order beside it.
//
// Thread safety: pure functions. Complexity: that of counting again, n log n.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers {

// The claims that a checker may have made, without orders, for these options: named after it, or after it and what it is
// about ("causal-reverse of sets"; checkers/verify/claims.h).
std::vector<Certificate> claims_of(std::string_view checker, const CheckerOptions& options);

// Adds the claim that can be confirmed, if any: with the objects of the certificate that the result has, or none.
void certify(const std::string& checker, const CheckerOptions& options, const History& history,
             CheckResult& result);

}  // namespace assay::checkers
