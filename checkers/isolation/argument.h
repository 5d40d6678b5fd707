// Why a small set of transactions is impossible, in plain words: either a circle of transactions each of which must come
// before the next one, or two writes of a key of which either order leads to such a circle, with the orders that had to be
// settled before that can be seen.
//
// Thread safety: pure function. Complexity: polynomial in the part for all but the hardest cores; keep to a few dozen
// transactions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/isolation/decide.h"
#include "harness/core/history.h"

namespace assay::checkers::isolation {

struct Argument {
  std::string anomaly;
  std::string summary;
  std::vector<std::string> steps;
};

// Requires: the problem was refuted. `keys` are the names of its keys.
Argument argue(const Problem& problem, const Model& model, const History& history,
               const std::vector<Key>& keys, Limits& limits);

}  // namespace assay::checkers::isolation
