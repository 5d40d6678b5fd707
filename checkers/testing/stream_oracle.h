// Says which anomalies a small history of one log, or of one watched key, has: by looking at every pair.
// Shares nothing with the checkers "kafka" and "watch".
//
// Thread safety: pure functions. Complexity: cubic.
#pragma once

#include <set>
#include <string>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Of operations with one send or one poll of key 0; offsets hold one element each, and elements are sent
// once.
std::set<std::string> log_anomalies(const History& history);
// Whether an operation depends on itself: each that polled an element depends on who sent it, and on what that depends on.
bool log_has_circle(const History& history);

// Of writes with their revisions and watches of key 0 without bookmarks; values are not looked at.
std::set<std::string> watch_anomalies(const History& history);

}  // namespace assay::checkers::testing
