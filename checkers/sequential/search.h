// Depth-first search for an order that every process could have seen: exact, and exponential in the worst
// case (the problem is NP-complete even for one register, Gibbons & Korach 1997).
//
// Operations that only read are taken as soon as they see what they saw. Of the rest, the one that was
// invoked first is tried first: most histories are nearly in order of time. Where it is known which
// operations need a value and which can leave it, a value that is still needed and that nothing else leaves
// is not overwritten. Configurations (how far each process has come, and the state of each object) are
// remembered and compared exactly (configuration_set.h).
//
// Thread safety: none. Memory: about 60 bytes a configuration, charged to the limits.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/sequential/problem.h"

namespace assay::checkers {

struct SequentialResult {
  Verdict verdict = Verdict::unknown;
  std::uint64_t configurations = 0;
  std::vector<OpId> order;  // when valid: all of it; else the longest beginning that was found
};

SequentialResult search_sequential(const SequentialProblem& problem, std::uint64_t configurations_max,
                                   Limits& limits);

}  // namespace assay::checkers
