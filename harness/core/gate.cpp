#include "harness/core/gate.h"

#include <array>

#include "harness/core/error.h"

namespace assay {

namespace {

constexpr std::array<std::string_view, 3> kGateVerdictNames = {"pass", "inconclusive", "regressed"};
constexpr std::array<std::string_view, kGatedMetricCount> kGatedMetricNames = {"throughput", "p50", "p99"};

}  // namespace

std::string_view gate_verdict_name(GateVerdict verdict) {
  return kGateVerdictNames[static_cast<std::size_t>(verdict)];
}

std::string_view gated_metric_name(GatedMetric metric) {
  return kGatedMetricNames[static_cast<std::size_t>(metric)];
}

std::string_view gate_word(int exit_code) {
  switch (exit_code) {
    case kExitValid:
      return "pass";
    case kExitInvalid:
      return "invalid";
    case kExitUnknown:
      return "unknown";
    case kExitRegressed:
      return "regressed";
    case kExitInconclusive:
      return "inconclusive";
    default:
      return "harness failure";
  }
}

}  // namespace assay
