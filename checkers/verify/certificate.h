// Confirms a certificate of linearizability without any of the code that found it: replays the order on a plain
// map and looks at the clock. Small enough to be read in one go.
//
// It confirms, for each object: every operation is of the history, occurs once, and did not fail; every step
// is legal where it stands; no operation returned before one that stands in front of it was invoked; and every ok
// operation of the history stands in exactly one object.
//
// Thread safety: pure function. Complexity: linear in the certificate, times the logarithm of the keys; a list is
// copied for each append.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Empty when the certificate proves the history linearizable, every key starting at `initial`; else one sentence
// that says what is wrong.
std::string refute_certificate(const History& history, const Certificate& certificate, const Value& initial);

}  // namespace assay::checkers
