// Cycles of dependencies between transactions that send to logs and poll them (Adya's G0 and G1c, as Jepsen's kafka workload
// looks for them): who polled an element comes after who sent it; where the sends of a transaction must stand together,
// also who sent the next element of a log after who sent the one before. A poll that did not reach an element says nothing
// about it, as consumers stop where they like, so there are no anti-dependencies. Used by the checker "kafka".
//
// Thread safety: none. Complexity: linear in what was polled and sent. Memory: 24 bytes for each element polled or sent.
#pragma once

#include <vector>

#include "checkers/datatypes/log_index.h"

namespace assay::checkers::datatypes::kafka {

// Reports G0, G1c, G1c-process and G1c-realtime. `order_of_sends`: whether the order of elements counts. False when the
// budget of the report is spent.
bool find_log_cycles(const History& history, const LogIndex& index, bool order_of_sends, Report& report);

// An order of everything that did not fail, which respects all dependencies and time. False where there is none, or the
// budget is spent.
bool find_log_order(const History& history, const LogIndex& index, bool order_of_sends, Report& report,
                    std::vector<OpId>& order);

}  // namespace assay::checkers::datatypes::kafka
