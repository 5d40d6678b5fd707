#include "checkers/verify/certificate.h"

#include <algorithm>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"

namespace assay::checkers {

namespace {

const Claim* find(const Certificate& certificate) {
  const auto found = std::find_if(kClaims.begin(), kClaims.end(),
                                  [&](const Claim& claim) { return claim.name == certificate.claim; });
  return found == kClaims.end() ? nullptr : &*found;
}

}  // namespace

std::string refute_certificate(const History& history, const Certificate& certificate) {
  const Claim* const claim = find(certificate);
  if (claim == nullptr) return "It claims \"" + certificate.claim + "\", which nothing here can confirm.";
  if (!claim->has_order && !certificate.objects.empty()) return "It has an order, and the claim needs none.";
  return claim->refute(history, certificate);
}

std::string claimed(const Certificate& certificate) {
  const Claim* const claim = find(certificate);
  std::string options;
  for (const auto& [name, value] : certificate.options)
    options += (options.empty() ? "" : ", ") + name + " " + value;
  return (claim != nullptr && claim->is_counted ? "passes " : "is ") + certificate.claim +
         (options.empty() ? "" : " (" + options + ")");
}

bool claims_real_time(const Certificate& certificate) {
  const Claim* const claim = find(certificate);
  const std::string order = option_of(certificate, "order", "");
  return order == "real-time" || (order != "process" && claim != nullptr && claim->real_time);
}

}  // namespace assay::checkers
