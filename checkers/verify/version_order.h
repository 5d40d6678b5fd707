// Confirms orders of versions for the session guarantees, all four at once: by key, the operations that wrote its
// versions, oldest first. Every ok write and every value read is one of them, or the initial one; and whatever a
// process reads or writes is no older than what it read or wrote of that key before, and newer where it writes.
// A compare-and-set makes something newer than what it expected.
//
// Thread safety: pure function. Complexity: log-linear.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Empty when the certificate holds, else what is wrong with it.
std::string refute_version_order(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
