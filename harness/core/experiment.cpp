#include "harness/core/experiment.h"

#include <array>

namespace assay {

namespace {

constexpr std::array<std::string_view, 7> kAggregateNames = {"total", "mean", "min", "median",
                                                             "p90",   "p99",  "max"};
constexpr std::array<std::string_view, 4> kRelationNames = {"at_least", "at_most", "above", "below"};

}  // namespace

std::string_view aggregate_name(Aggregate aggregate) {
  return kAggregateNames[static_cast<std::size_t>(aggregate)];
}

std::optional<Aggregate> aggregate_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kAggregateNames.size(); ++i) {
    if (kAggregateNames[i] == name) return static_cast<Aggregate>(i);
  }
  return std::nullopt;
}

std::string_view relation_name(Relation relation) {
  return kRelationNames[static_cast<std::size_t>(relation)];
}

}  // namespace assay
