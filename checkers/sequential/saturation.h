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
#include "checkers/sequential/forced_order.h"
#include "checkers/sequential/problem.h"

namespace assay::checkers {

struct Saturation {
  bool decided = true;              // false: the budget ended first
  std::vector<Forced> cycle;        // empty: nothing contradicts itself
  std::uint32_t unwritten = kNone;  // an operation that needs what nothing leaves
};

// For first-in-first-out queues the rules of queue_rules.h. Requires: problem.has_parts, or problem.has_elements.
Saturation saturate(const SequentialProblem& problem, Limits& limits);

}  // namespace assay::checkers
