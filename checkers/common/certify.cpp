#include "checkers/common/certify.h"

#include <utility>

#include "checkers/verify/certificate.h"
#include "checkers/verify/claims.h"

namespace assay::checkers {

std::vector<Certificate> claims_of(std::string_view checker, const CheckerOptions& options) {
  std::vector<Certificate> found;
  for (const Claim& claim : kClaims) {
    const bool of_part = claim.name.starts_with(std::string(checker) + " of ");
    if (claim.name != checker && !of_part) continue;
    found.push_back({std::string(claim.name), options, {}});
    found.back().options.erase("certificate");
  }
  return found;
}

void certify(const std::string& checker, const CheckerOptions& options, const History& history,
             CheckResult& result) {
  if (result.verdict != Verdict::valid) return;
  const std::optional<Certificate> orders = std::exchange(result.certificate, std::nullopt);
  // Some options are beyond what can be counted again.
  for (Certificate& claim : claims_of(checker, options)) {
    if (orders) claim.objects = orders->objects;
    if (!refute_certificate(history, claim).empty()) continue;
    result.certificate = std::move(claim);
    return;
  }
}

}  // namespace assay::checkers
