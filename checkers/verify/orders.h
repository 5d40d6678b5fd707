// Confirms orders in which operations take effect one after the other: for linearizable (an order for each
// object, which share no keys), sequential, serializable, strong-session-serializable and strict-serializable
// (one order of everything), and for snapshot isolation (one order in which each transaction occurs twice, for
// its start and for its commit).
//
// Every operation named is of the history and did not fail; every ok operation is named; replayed on something
// small and obvious (replay.h), each is legal where it stands; and where the claim, or its option, says so, the
// order is that of each process, or none returned before one in front of it was invoked. With snapshot
// isolation, each reads at its start what is committed, and its own writes, and none commits over what another
// has committed since.
//
// Thread safety: pure function. Complexity: near linear in the certificate; with snapshot isolation a list is
// copied by each transaction that touches it.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Options of the certificate: "initial", what every key holds at first (an integer or nil, the default);
// "model" (replay.h; "kv" unless told); "order" = none | session | real-time, for transactions.
std::string refute_order(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
