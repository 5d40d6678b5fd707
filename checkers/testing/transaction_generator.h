// Histories of transactions for tests and benchmarks, from a seed: clients that work concurrently against a simulated
// store of many versions, whose isolation is chosen. What a mode allows may happen, what it forbids cannot, until a
// corruption is asked for.
//
// Thread safety: pure functions of their arguments. Complexity: about a microsecond a transaction, plus the elements read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/core/history.h"

namespace assay::checkers::testing {

enum class Isolation : std::uint8_t {
  strict_serializable,  // a transaction happens at one moment of its interval
  serializable,         // the same, but one that only reads may see an older state
  snapshot_isolation,   // reads at its start, writes at its commit, first committer wins
  parallel_snapshots,  // as snapshot isolation, but concurrent writers of a key both commit: updates get lost
  read_committed,      // each read sees what is committed at that moment
  read_uncommitted,    // each step takes effect at once, and stays when the transaction fails
};

enum class Program : std::uint8_t {
  steps,  // a few reads and writes of random keys
  tpcc,   // what a shop does: transaction_programs.h
};

struct TransactionOptions {
  std::uint64_t seed = 1;
  std::size_t transactions = 100;  // about, beside those that the store refused
  std::size_t clients = 5;
  Isolation isolation = Isolation::strict_serializable;
  Program program = Program::steps;
  bool registers = false;           // reads and writes of unique values, instead of lists and appends
  std::int64_t keys = 3;            // in use at a time
  std::size_t writes_per_key = 32;  // then a new key takes its place; 0: it stays
  std::size_t mops_min = 1;         // of a transaction
  std::size_t mops_max = 4;
  std::int64_t read_permille = 500;
  std::int64_t scan_permille = 0;    // of registers: reads by predicate, of what is left by the others
  std::int64_t delete_permille = 0;  // of registers: writes of nil, among writes
  std::int64_t info_permille = 0;    // of transactions; half of them take effect
  std::int64_t fail_permille = 0;
  Nanos latency = 1000;  // mean time between two steps of a transaction
  Nanos pause = 0;       // mean time between transactions of a client; 0: as between steps
  Nanos lag = 0;         // of snapshot isolation: snapshots may be so old
};

// A store of registers with snapshot isolation, and twenty clients that rest between their transactions.
TransactionOptions snapshot_store(Program program = Program::tpcc);
// Two to five transactions of up to three clients, a different mixture of everything for each seed.
TransactionOptions small_options(std::uint64_t seed, bool registers);
// The same, of registers with predicate reads.
TransactionOptions small_scan_options(std::uint64_t seed);

History generate_transactions(const TransactionOptions& options);

enum class TransactionCorruption : std::uint8_t {
  stale_read,  // a read misses the last element, or returns an older value
  thin_air,    // a read returns what nobody wrote
  duplicate,   // a list that was read repeats an element (of registers: as thin_air)
  reordered,   // two elements of a list that was read change places (of registers: two reads their results)
  aborted_write,  // a transaction whose write was read is reported as failed
  missed_row,     // a predicate read lacks a row that it found
};

// A copy with one operation corrupted, at or behind the relative position (0 to 1000). False if none is suited.
bool corrupt_transactions(const History& history, TransactionCorruption corruption, std::int64_t permille,
                          History& corrupted);

}  // namespace assay::checkers::testing
