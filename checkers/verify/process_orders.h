// Confirms orders for pram and causal-memory, one for each process (the key of an object): every write that
// happened and every operation of the process itself is in it once, for causal memory every operation; no
// process' operations change places; the reads of the process itself return the last write before them; and for
// causal memory whatever anybody read was written before. What one process takes to have happened, all do.
//
// Thread safety: pure function. Complexity: log-linear in the length of all orders.
#pragma once

#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

// Empty when the certificate holds, else what is wrong with it.
std::string refute_process_orders(const History& history, const Certificate& certificate);

}  // namespace assay::checkers
