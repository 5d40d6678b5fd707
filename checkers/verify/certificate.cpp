#include "checkers/verify/certificate.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "checkers/verify/commit_order.h"
#include "checkers/verify/observations.h"
#include "checkers/verify/orders.h"
#include "checkers/verify/process_orders.h"
#include "checkers/verify/version_order.h"

namespace assay::checkers {

namespace {

struct Claim {
  std::string_view name;
  std::string (*refute)(const History& history, const Certificate& certificate);
  bool real_time = false;
  bool is_counted = false;  // without an order, under the name of its checker
};

constexpr std::array kClaims = {
    Claim{"linearizable", refute_order, true},
    Claim{"sequential", refute_order},
    Claim{"read-committed", refute_commit_order},
    Claim{"read-atomic", refute_commit_order},
    Claim{"causal", refute_commit_order},
    Claim{"causal-memory", refute_process_orders},
    Claim{"pram", refute_process_orders},
    Claim{"session-causal", refute_version_order},
    Claim{"snapshot-isolation", refute_order},
    Claim{"serializable", refute_order},
    Claim{"strong-session-serializable", refute_order},
    Claim{"strict-serializable", refute_order, true},
    Claim{"bank", refute_bank, false, true},
    Claim{"set", refute_set, false, true},
    Claim{"set-full", refute_set_full, true, true},
    Claim{"total-queue", refute_total_queue, false, true},
    Claim{"unique-ids", refute_unique_ids, false, true},
    Claim{"long-fork", refute_long_fork, false, true},
    Claim{"counter", refute_counter, true, true},
    Claim{"monotonic", refute_monotonic, true, true},
    Claim{"lock", refute_lock, true, true},
    Claim{"convergence", refute_convergence, true, true},
    Claim{"durability", refute_durability, true, true},
    Claim{"session", refute_session, false, true},
    Claim{"watch", refute_watch, false, true},
    Claim{"causal-reverse", refute_causal_reverse, true, true},
};

const Claim* find(const Certificate& certificate) {
  const auto found = std::find_if(kClaims.begin(), kClaims.end(),
                                  [&](const Claim& claim) { return claim.name == certificate.claim; });
  return found == kClaims.end() ? nullptr : &*found;
}

}  // namespace

std::string refute_certificate(const History& history, const Certificate& certificate) {
  const Claim* const claim = find(certificate);
  if (claim != nullptr) return claim->refute(history, certificate);
  return "It claims \"" + certificate.claim + "\", which nothing here can confirm.";
}

std::string claimed(const Certificate& certificate) {
  const Claim* const claim = find(certificate);
  std::string options;
  for (const auto& [name, value] : certificate.options) {
    options += (options.empty() ? "" : ", ") + name + " " + value;
  }
  return (claim != nullptr && claim->is_counted ? "passes " : "is ") + certificate.claim +
         (options.empty() ? "" : " (" + options + ")");
}

bool claims_real_time(const Certificate& certificate) {
  const Claim* const claim = find(certificate);
  const auto order = certificate.options.find("order");
  if (order != certificate.options.end() && order->second == "real-time") return true;
  if (order != certificate.options.end() && order->second == "process") return false;
  return claim != nullptr && claim->real_time;
}

}  // namespace assay::checkers
