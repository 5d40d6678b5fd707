// Confirms the order of a linearization. For each object: every operation is of the history, occurs once, and
// did not fail; every step is legal where it stands; no operation returned before one that stands in front of
// it was invoked; and every ok operation of the history stands in exactly one object.
//
// Thread safety: pure function. Complexity: linear in the certificate, times the logarithm of the keys; see
// replay.h for lists and sets.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Options of the certificate: "initial", what every key holds at first (an integer or nil), and "model" (see
// replay.h; "kv" unless told).
std::string refute_linearization(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
