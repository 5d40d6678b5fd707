// Confirms a certificate without any of the code that found it: replays the order on something small and obvious, and
// looks at the clock. Each claim has its own file here, short enough to be read in one go.
//
// Thread safety: pure function. Complexity: near linear in the certificate; a list is copied for each append.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Empty when the certificate proves its claim for the history; else one sentence that says what is wrong.
std::string refute_certificate(const History& history, const Certificate& certificate);

// "is linearizable (initial nil)"; of what is only counted again (observations.h): "passes bank".
std::string claimed(const Certificate& certificate);

// Whether the claim is about when operations began and ended, so that it means nothing for a history without times.
bool claims_real_time(const Certificate& certificate);

}  // namespace assay::checkers
