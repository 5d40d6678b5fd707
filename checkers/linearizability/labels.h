// Numbers operations so that those that do the same have one number: same steps, same outcome and, where the
// model asks for it, same process.
//
// Thread safety: pure function. Complexity: O(n log n) time, 16 bytes an operation meanwhile.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers {

struct Labels {
  std::vector<std::uint32_t> of;  // by position in the ids
  std::uint32_t count = 0;
};

Labels label_operations(const History& history, std::span<const OpId> ids, bool by_process);

}  // namespace assay::checkers
