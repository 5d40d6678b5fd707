// A small checker of single-key histories for the tests of this folder, after Wing and Gong (1993) with Lowe's
// memoisation. Registers with read, write and compare-and-set, absent at first.
//
// Thread safety: pure. Complexity: exponential at worst in the operations that overlap; it gives up after a
// number of steps and then calls the history linearizable.
#pragma once

#include <string>
#include <vector>

#include "harness/core/operation.h"

namespace assay::refdb::raft::testing {

struct RecordedOperation {
  Outcome outcome = Outcome::info;
  Nanos invoked = 0;
  Nanos completed = kNever;
  Mop mop;
};

// Empty when linearizable (per key), else a sentence.
std::string find_violation(const std::vector<RecordedOperation>& history);

}  // namespace assay::refdb::raft::testing
