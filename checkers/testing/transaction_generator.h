// Histories of transactions for tests and benchmarks, from a seed: small random ones, right or wrong, for comparison with
// the oracles; and large ones from clients of a simulated store with snapshots, valid by construction.
//
// Thread safety: pure functions of their arguments. Complexity: about a microsecond a mop.
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

enum class Workload : std::uint8_t {
  tpcc,  // new orders, payments, deliveries and two kinds of reports, of one warehouse: mostly read-modify-writes
  general,  // reads and blind writes of random keys
};

struct StoreOptions {
  std::uint64_t seed = 1;
  Workload workload = Workload::tpcc;
  std::size_t transactions = 1000;  // committed ones
  std::int64_t clients = 20;
  // What the store guarantees: snapshot isolation, where a snapshot may be `lag` old; or that reads are of the latest
  // state when a transaction commits, too (strict serializability).
  bool serializable = false;
  Nanos lag = 0;
  Nanos latency = 1'000;             // mean length of a transaction
  Nanos pause = 20'000;              // mean time between transactions of a client
  bool first_committer_wins = true;  // false: updates get lost
  // general
  bool lists = false;  // appends for writes
  std::int64_t keys = 1'000;
  std::int64_t mops = 8;
  std::uint64_t read_permille = 500;
};
// Registers start at nil. Transactions that the store refused are in the history, as failed.
History store_transactions(const StoreOptions& options);

}  // namespace assay::checkers::testing
