// Confirms a serial order of transactions: every operation is of the history, occurs once, and did not fail; every ok
// operation occurs; replayed one after the other on plain maps, each reads what it read in the history; and, where the claim
// says so, the order is that of each process ("strong-session-serializable") or of real time ("strict-serializable").
//
// The certificate has one object, whose order is that of all transactions. Options of the certificate: "initial", what
// every register holds at first (an integer, or nil, the default); "order" = session | real-time asks for what the two
// stronger claims ask for.
//
// Thread safety: pure function. Complexity: linear in the mops and the elements read, times the logarithm of the keys.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

std::string refute_serialization(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
