// Small random histories of transactions, right or wrong, for comparison with oracles.
//
// Thread safety: pure function of its argument.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/core/history.h"

namespace assay::checkers::testing {

struct SmallOptions {
  std::uint64_t seed = 1;
  bool lists = false;
  std::size_t transactions = 4;
  std::int64_t processes = 3;
  std::int64_t keys = 2;
  std::int64_t mops_max = 3;
  std::uint64_t stale_permille = 250;  // reads of an older version than that of the order they were made in
  std::uint64_t wild_permille = 20;    // registers: reads of any value that is written to the key, or of none
  std::uint64_t info_permille = 50;
  std::uint64_t fail_permille = 30;
};
// Written values are unique. Most reads are of what some order of the transactions would give.
History small_transactions(const SmallOptions& options);

}  // namespace assay::checkers::testing
