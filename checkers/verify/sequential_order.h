// Confirms the order of a sequentially consistent history: one order for all objects. Every operation is of
// the history, occurs once, and did not fail; every step is legal where it stands; the operations of each
// process stand in the order in which it made them; and no ok operation is missing.
//
// Thread safety: pure function. Complexity: near linear; see replay.h for lists and sets.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Options of the certificate: "initial" and "model", as for a linearization.
std::string refute_sequential_order(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
