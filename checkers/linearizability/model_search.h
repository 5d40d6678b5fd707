// Searches one object under any model: the time line, the right width of configurations, and an order from
// what was found.
//
// Thread safety: pure function, apart from the shared Limits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/jit_search.h"
#include "checkers/linearizability/object_model.h"

namespace assay::checkers {

struct ModelResult {
  Verdict verdict = Verdict::unknown;
  std::uint64_t configurations = 0;
  // Asked for: a linearization when valid, else a longest linearizable beginning.
  std::vector<OpId> order;
  OpId stuck_at = kNone;  // see SearchResult::stuck_at
  std::string reason;     // see ObjectVerdict::reason
};

// The most operations in flight at once, on one object, that a search can follow.
inline constexpr std::size_t kFlightMax = 65536;
std::string too_many_in_flight(std::size_t slots);

ModelResult search_model(const ObjectModel& model, const History& history, std::span<const OpId> ids,
                         const SearchOptions& options, Limits& limits);

}  // namespace assay::checkers
