// What a decision about isolation needs to know of a history: the committed transactions, from whom each read what it
// did not write itself, which keys each writes, and for lists the order of writers that reads have shown. Operations,
// values and outcomes are gone; what cannot be said in these terms (a read of a failed write, say) was decided before.
//
// A transaction of unknown outcome is in only if somebody committed read from it. Any other may be left out: nobody saw
// what it wrote, and what it read is unknown, so an order that has it stays legal when it is taken out, and an order
// without it proves the history valid. So the history is valid with some choice of them if and only if it is without.
//
// Thread safety: a const Problem may be read by any number of threads. Complexity: linear; 8 bytes a read, 4 a write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "harness/core/operation.h"

namespace assay::checkers::isolation {

using Txn = std::uint32_t;  // place among the transactions of a problem
using KeyNumber = std::uint32_t;
inline constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
inline constexpr Txn kInitial = kNone;  // the writer of what a key holds at first

enum class Level : std::uint8_t { snapshot_isolation, serializable };
// What must be kept beside the isolation: nothing, the order of each session, or that what completed before another was
// invoked comes before it (which includes sessions).
enum class Order : std::uint8_t { none, session, real_time };

struct Problem {
  struct Transaction {
    OpId id = 0;
    ProcessId process = 0;
    Nanos invoked = 0;
    Nanos completed = kNever;
  };
  struct Read {
    KeyNumber key = 0;
    Txn writer = kInitial;
  };

  std::vector<Transaction> transactions;                           // in order of invocation
  std::vector<std::uint32_t> read_begin = {0}, write_begin = {0};  // one more than transactions
  std::vector<Read> reads;        // at most one of a key per transaction: the state before its own writes
  std::vector<KeyNumber> writes;  // at most one of a key per transaction
  std::uint32_t keys = 0;
  // Lists only: the writers of a key, first to last, as far as a read shows them. All others come after.
  std::vector<std::uint32_t> shown_begin = {0};  // one more than keys, or just {0}
  std::vector<Txn> shown;

  std::size_t size() const { return transactions.size(); }
  std::span<const Read> reads_of(Txn txn) const {
    return std::span(reads).subspan(read_begin[txn], read_begin[txn + 1] - read_begin[txn]);
  }
  std::span<const KeyNumber> writes_of(Txn txn) const {
    return std::span(writes).subspan(write_begin[txn], write_begin[txn + 1] - write_begin[txn]);
  }
  std::span<const Txn> shown_of(KeyNumber key) const {
    if (shown_begin.size() == 1) return {};
    return std::span(shown).subspan(shown_begin[key], shown_begin[key + 1] - shown_begin[key]);
  }
  // Place in `writes`. Requires: it writes the key.
  std::uint32_t write_of(Txn txn, KeyNumber key) const;
  std::size_t bytes() const;

  // Ends the transaction whose reads and writes were added.
  void finish(const Transaction& transaction);
};

// What these transactions alone say: reads from others are forgotten, and a list is what is left of it without the
// elements of the others. If this is impossible, then so is the whole, as an order of all legal for the whole, without
// the others, is legal for the part. Requires: ascending, in range.
Problem part_of(const Problem& problem, std::span<const Txn> kept);

}  // namespace assay::checkers::isolation
