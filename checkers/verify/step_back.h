// Numbers that must not go back in time.
//
// Thread safety: pure function. Complexity: n log n.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "harness/core/operation.h"

namespace assay::checkers {

// Something that must not be less than what was over before it began.
struct Seen {
  Nanos invoked = 0, completed = 0;
  std::int64_t value = 0;
  OpId id = 0;
  bool fresh = false;  // nor the same, when both are
};

// The first that went back, if any.
inline std::optional<OpId> find_step_back(std::vector<Seen> all) {
  std::vector<Seen> over = all;
  std::stable_sort(all.begin(), all.end(),
                   [](const Seen& a, const Seen& b) { return a.invoked < b.invoked; });
  std::stable_sort(over.begin(), over.end(),
                   [](const Seen& a, const Seen& b) { return a.completed < b.completed; });
  std::optional<std::pair<std::int64_t, bool>> greatest;
  auto next = over.begin();
  for (const Seen& each : all) {
    for (; next != over.end() && next->completed < each.invoked; ++next) {
      greatest = std::max(greatest.value_or(std::pair(next->value, next->fresh)),
                          std::pair(next->value, next->fresh));
    }
    if (!greatest) continue;
    const bool same = each.value == greatest->first && each.fresh && greatest->second;
    if (each.value < greatest->first || same) return each.id;
  }
  return std::nullopt;
}

}  // namespace assay::checkers
