// Minimal readers for the recorded histories of queues, stacks and locks of other projects (see the corpora's
// README), for tests only.
//
// Thread safety: pure functions. Errors: a file that cannot be read gives an empty history.
#pragma once

#include <string>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// LiMo: "[1] call push(7)", "[1] return", "[2] call pop", "[2] return 7" (or "empty"); or the same in LaTeX:
// "\call{1}{\push{7}}", "\ret[7]{2}". What never returns is of unknown outcome. Words are
// push, enq or add, and pop, deq or remove; a line "# @object atomic-queue" makes it a queue.
History read_limo_history(const std::string& path);

// elle-cli: a JSON array of objects with "type", "f", "process"; acquire and release of one lock.
History read_lock_history(const std::string& path);

}  // namespace assay::checkers::testing
