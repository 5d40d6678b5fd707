// Confirms a certificate without any of the code that found it. An order is replayed on something small and obvious, with
// a look at the clock; where a verdict is a fact about each observation by itself, it is counted once more. Each claim has
// a file of its own (claims.h), short enough to be read in one go: with what it needs, under 300 lines.
//
// Thread safety: pure functions. Complexity: near linear in the certificate and the history.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Empty when the certificate proves its claim for the history; else one sentence that says what is wrong.
std::string refute_certificate(const History& history, const Certificate& certificate);

// "is linearizable (initial nil)"; of what is only counted again: "passes bank".
std::string claimed(const Certificate& certificate);

// Whether the claim is about when operations began and ended, so that it means nothing for a history without times.
bool claims_real_time(const Certificate& certificate);

}  // namespace assay::checkers
