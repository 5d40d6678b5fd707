// Histories as EDN, one operation on a line, as Jepsen stores them, so that Jepsen's, Elle's and Knossos' checkers accept
// them; docs/history.md describes what of ours they see.
//
// Jepsen's checkers expect one of three shapes, and the history decides which it gets: with transactions or appends every
// operation is a :txn with [[:r 1 nil] [:append 1 2]]; else, with more than one key, values are the tuples [key value] of
// jepsen.independent; else values stand alone.
//
// Thread safety: plain function. Complexity: n log n; the text is in memory.
#pragma once

#include <string>

#include "harness/core/history.h"

namespace assay::formats {

// Every event of the history, in order of time, appended to `out`. Reading it back gives the same digest.
void write_edn(const History& history, std::string& out);

}  // namespace assay::formats
