// What is known about one object after its check.
//
// Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/linearizability/sweep.h"
#include "harness/core/checker.h"

namespace assay::checkers {

struct ObjectVerdict {
  Verdict verdict = Verdict::unknown;
  std::uint64_t configurations = 0;
  std::vector<OpId> order;     // valid and asked for: a linearization
  OpId stuck_at = kNone;       // invalid: what could not be placed before it returned, where that is known
  std::vector<OpId> conflict;  // invalid: operations known to contradict each other, where that is known
  std::string reason;          // unknown: why, where it was neither time, memory nor the word to stop
};

}  // namespace assay::checkers
