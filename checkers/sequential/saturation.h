// What any order must respect, for registers whose values tell who wrote them: found by rules until nothing
// new follows. A cycle proves that there is no order.
//
// The rules (Bouajjani, Enea, Guerraoui & Hamza, "On verifying causal consistency", POPL 2017, section 5, and
// Biswas & Enea, "On the complexity of checking transactional consistency", OOPSLA 2019, for the closure):
// operations of a process in their order; what was read after its write; and where r read what w left, and
// another w' leaves something else on that key: w' before r puts w' before w, and w before w' puts r before
// w'.
//
// Reads whose value several operations left, or none, are left out: no rule is sound for them. Operations of
// unknown outcome count if one that counts needs what only they left.
//
// Thread safety: none. Complexity: each round is linear in operations times processes; a handful of rounds.
// Memory: 4 bytes an operation and process.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/sequential/problem.h"

namespace assay::checkers {

struct Forced {
  enum class Why : std::uint8_t {
    process,      // one process did both, in this order
    read,         // the second read what the first left
    overwritten,  // the first is before `reader`, which read what the second left
    unseen,       // the first read what `reader` left, before the second overwrote it
  };
  std::uint32_t from = 0, to = 0;  // indexes of operations
  Why why = Why::process;
  std::uint32_t reader = kNone;
};

struct Saturation {
  bool decided = true;              // false: the budget ended first
  std::vector<Forced> cycle;        // empty: nothing contradicts itself
  std::uint32_t unwritten = kNone;  // an operation that needs what nothing leaves
};

// Requires: problem.has_parts.
Saturation saturate(const SequentialProblem& problem, Limits& limits);

}  // namespace assay::checkers
