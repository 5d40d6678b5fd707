// Decides one register object: the zone test where it applies, else the search.
//
// Thread safety: pure functions, apart from the shared Limits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/jit_search.h"
#include "checkers/linearizability/register_object.h"

namespace assay::checkers {

struct ObjectResult {
  Verdict verdict = Verdict::unknown;
  std::uint64_t configurations = 0;
  // Indexes of operations. Valid and asked for: a linearization. Invalid, by search and asked for: a longest
  // linearizable beginning.
  std::vector<std::uint32_t> order;
  // Invalid by search: the return that no linearization gets past; see SearchResult::stuck_at.
  std::uint32_t stuck_at = kNone;
  // Invalid by zones: operations that contradict each other.
  std::vector<std::uint32_t> conflict;
  std::string reason;  // see ObjectVerdict::reason
};

ObjectResult check_register(const RegisterObject& object, bool want_order, Limits& limits);

// By search alone, with a bound of its own.
ObjectResult search_register(const RegisterObject& object, const SearchOptions& options, Limits& limits);

}  // namespace assay::checkers
