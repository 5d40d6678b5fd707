// Histories that have sessions and no times: each session is a list of transactions that follow one another, and that
// is all that is known about order. A history needs times, and no times say just that (transactions of two sessions
// would all have to overlap), so the ones given here mean nothing between sessions, and HistoryFile::has_times is false.
// The first transactions of all sessions overlap, then the second ones, and so on.
//
// These formats write the initial value as 0: a read of 0 under a key to which nobody wrote 0 found nothing.
//
// Internal to this folder. Thread safety: none. Complexity: n log n in the micro-operations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/core/history.h"
#include "harness/formats/history_file.h"

namespace assay::formats {

class SessionHistory {
 public:
  // Begins a transaction of a session and returns its number.
  // Requires: fewer than 2^32 - 1 transactions.
  std::size_t begin(ProcessId session, Outcome outcome = Outcome::ok);
  void read(std::size_t transaction, Key key, std::int64_t value);
  void write(std::size_t transaction, Key key, std::int64_t value);

  // Transactions without a micro-operation are left out. Leaves this empty.
  HistoryFile finish(std::uint64_t lines);

 private:
  struct Transaction {
    ProcessId session = 0;
    std::uint32_t turn = 0;  // its place in its session
    Outcome outcome = Outcome::ok;
    std::vector<Mop> mops;
  };
  void forget_initial_reads();

  std::vector<Transaction> transactions_;
};

}  // namespace assay::formats
