// From a history to a problem: transactions of registers, or of lists with appends. What no order of transactions could
// explain (a value that nobody wrote, a read of a failed write, a transaction that does not see its own write, lists that
// contradict each other) is found here, with its name.
//
// Thread safety: pure functions. Errors: a history that cannot be judged gives an objection, one sentence without a full
// stop. Complexity: linear, expected, in mops and elements read. Memory: charged; up to three times the problem while
// reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/problem.h"
#include "harness/core/checker.h"

namespace assay::checkers::isolation {

inline constexpr std::size_t kFindingsMax = 8;

struct Reading {
  std::string objection;
  std::vector<Finding> findings;  // if any, then the problem is empty
  Problem problem;
  std::vector<Key> keys;  // names of the problem's
  bool lists = false;
  bool scanned = false;  // has reads by predicate
  std::uint64_t transactions_ok = 0;
};

// `initial` is what every register holds at first; lists are empty. `model` is the one that findings violate. Reads by
// predicate are reads of the rows that they found, and of the first version of those that they missed, where they can have
// missed no other (checkers/elle/scans.h): what the problem says is certain, but an order for it may not explain a row that
// was missed for one of several reasons.
Reading read_registers(const History& history, const Value& initial, std::string_view model, Limits& limits,
                       Charge& charge);
Reading read_lists(const History& history, std::string_view model, Limits& limits, Charge& charge);

}  // namespace assay::checkers::isolation
