#include "harness/core/plan.h"

#include <array>

namespace assay {

namespace {

constexpr std::array<std::string_view, 3> kPaceNames = {"poisson", "constant", "closed-loop"};

}  // namespace

std::string_view pace_name(Pace pace) { return kPaceNames[static_cast<std::size_t>(pace)]; }

std::optional<Pace> pace_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kPaceNames.size(); ++i) {
    if (kPaceNames[i] == name) return static_cast<Pace>(i);
  }
  return std::nullopt;
}

}  // namespace assay
