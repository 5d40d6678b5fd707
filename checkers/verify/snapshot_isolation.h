// Confirms an order of starts and commits that shows snapshot isolation: replays it on a store of committed values. Every
// transaction that it names is of the history, did not fail, and occurs twice, first for its start, then for its commit; every
// ok transaction is named; each reads, at its start, what is committed, and its own writes; and none commits if a key that
// it writes was committed by another since its start.
//
// Thread safety: pure function. Complexity: linear in the certificate, times the logarithm of the keys; a list is copied
// for each append and compared for each read.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Options of the certificate: "initial", what every register holds at first (an integer or nil); "order": none, session
// (each starts after all before it in its process have committed) or real-time (each starts after all that had
// completed before it was invoked have committed).
std::string refute_snapshot_isolation(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
