#include "checkers/verify/certificate.h"

#include <array>
#include <string_view>

#include "checkers/verify/commit_order.h"
#include "checkers/verify/linearization.h"
#include "checkers/verify/process_orders.h"
#include "checkers/verify/sequential_order.h"
#include "checkers/verify/serialization.h"
#include "checkers/verify/snapshot_isolation.h"
#include "checkers/verify/version_order.h"

namespace assay::checkers {

namespace {

struct Claim {
  std::string_view name;
  std::string (*refute)(const History& history, const Certificate& certificate);
  bool real_time = false;
};

constexpr std::array kClaims = {
    Claim{"linearizable", refute_linearization, true},
    Claim{"sequential", refute_sequential_order},
    Claim{"read-committed", refute_commit_order},
    Claim{"read-atomic", refute_commit_order},
    Claim{"causal", refute_commit_order},
    Claim{"causal-memory", refute_process_orders},
    Claim{"pram", refute_process_orders},
    Claim{"session-causal", refute_version_order},
    Claim{"snapshot-isolation", refute_snapshot_isolation},
    Claim{"serializable", refute_serialization},
    Claim{"strong-session-serializable", refute_serialization},
    Claim{"strict-serializable", refute_serialization, true},
};

}  // namespace

std::string refute_certificate(const History& history, const Certificate& certificate) {
  for (const Claim& claim : kClaims) {
    if (claim.name == certificate.claim) return claim.refute(history, certificate);
  }
  return "It claims \"" + certificate.claim + "\", which nothing here can confirm.";
}

bool claims_real_time(const Certificate& certificate) {
  for (const Claim& claim : kClaims) {
    if (claim.name == certificate.claim) return claim.real_time;
  }
  return false;
}

}  // namespace assay::checkers
