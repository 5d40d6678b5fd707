// Which worker each process of a run was: a process ends with an operation that never completed, and the new one that takes
// its place goes on in its lane. For pictures with a lane per worker.
//
// Thread safety: none. Complexity: O(log processes) an operation.
#pragma once

#include <cstddef>
#include <map>
#include <set>

#include "harness/core/operation.h"

namespace assay::reports {

class LaneKeeper {
 public:
  // Requires: called for each operation, in order of invocation.
  std::size_t lane_of(const Operation& operation);
  std::size_t count() const { return count_; }

 private:
  std::map<ProcessId, std::size_t> lanes_;
  std::set<std::size_t> free_;
  std::size_t count_ = 0;
};

}  // namespace assay::reports
