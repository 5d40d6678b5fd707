// What is wrong with lists by themselves, before any cycle: internal, future-read, G1a, G1b, dirty-update, thin-air-read,
// duplicate-elements, incompatible-order (Adya 1999; Kingsbury & Alvaro 2020, sections 4.3 and 6.1).
//
// Thread safety: pure function. Complexity: linear in mops, times the mops of a transaction for those that touch a key
// twice.
#pragma once

#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/judgement.h"
#include "checkers/elle/list_history.h"

namespace assay::checkers::elle {

// At most a few findings of each anomaly. False when the limits are spent.
bool find_list_anomalies(const ListHistory& lists, Limits& limits, std::vector<Anomaly>& anomalies);

// "[1 2 3]", of a long list the end.
std::string short_list(std::span<const Value> elements);

}  // namespace assay::checkers::elle
