// Infers the commit order that causal consistency forces, with one vector clock per change of what a writer
// knows.
//
// A clock counts, for each session, the writes that happened before (by sessions and reads-from). For every
// session the scan walks through its reads once more; each write of the others enters its view once, into a
// table of the last writes by key and session. A read of x from t1 then has all its rivals t2 in one row, and
// those that t1's own clock already covers are skipped: session order and reads-from imply them. After the
// read the row is emptied but for t1: what comes later is ordered after t1, so whatever was before t1 stays
// before it. (AWDIT, PLDI 2025, algorithm 3, looks up each session for each read and keeps every edge.)
//
// Sessions are taken in blocks of as many columns as the memory allows, so that many sessions cost time, not
// memory.
//
// Thread safety: none. Complexity: n * k for n mops and k sessions that write. Memory: about 64 bytes a
// transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "checkers/transactions/weak_rules.h"

namespace assay::checkers {

class CausalScan {
 public:
  // `order`: the committed transactions in an order that agrees with sessions and reads-from. With `weak`,
  // only edges are inferred that these contradict, which is all that causal consistency without a common
  // order of writes forbids (Bouajjani, Enea, Guerraoui & Hamza, POPL 2017: the bad pattern WriteCORead).
  CausalScan(const RegisterHistory& history, const std::vector<TransactionId>& order, bool weak,
             Inference& inference);

  // False when the budget is spent.
  bool run();

 private:
  using Count = std::int32_t;  // of writes; signed, as vector units compare signed integers faster
  static constexpr std::size_t kLane = 8;
  static constexpr std::size_t kRowsPerChunk = 4096;

  struct ReadEvent {
    KeyId key = 0;
    TransactionId source = kNobody;
    TransactionId reader = kNobody;
    Count own_before = 0;  // writes of the reader's session before it
  };

  void gather_events();
  bool choose_width();
  bool make_clocks(std::size_t first_column);
  bool scan_session(SessionId session, std::size_t first_column);
  void enter(std::size_t column, Count to);
  void join(const ReadEvent& read);
  void judge(const ReadEvent& read);
  void gather_rivals(const Count* row, const Count* known);
  void prefetch(std::span<const ReadEvent> reads, std::size_t at) const;
  bool happened_before(TransactionId first, TransactionId second) const;

  const Count* clock(std::uint32_t number) const {
    return chunks_[number / kRowsPerChunk].get() + number % kRowsPerChunk * width_;
  }
  void new_clock(const Count* from);
  // The column of a transaction's session in the block at hand; width_ when it is in none.
  std::size_t column_of(TransactionId id) const {
    const std::size_t column = columns_[history_.session(id)] - first_column_;
    return column < width_ ? column : width_;
  }

  const RegisterHistory& history_;
  const std::vector<TransactionId>& order_;
  bool weak_;
  Inference& inference_;
  Charge charge_;

  // By session.
  std::vector<ReadEvent> reads_;
  std::vector<std::size_t> read_begin_;
  std::vector<KeyId> write_keys_;
  std::vector<TransactionId> write_transactions_;
  std::vector<std::size_t> write_begin_;
  std::vector<std::size_t> columns_;        // of a session that writes
  std::vector<SessionId> column_sessions_;  // and back
  std::vector<Count> writes_after_;         // by transaction: writes of its session up to its end
  std::size_t clocks_needed_ = 0;
  std::size_t reads_most_ = 0;  // of one session

  // Of the block at hand.
  std::size_t width_ = 0;
  std::size_t first_column_ = 0;
  std::vector<std::size_t> block_begin_;  // by column: where the writes of its session begin
  std::vector<std::unique_ptr<Count[]>> chunks_;
  std::uint32_t clock_count_ = 0;
  std::vector<std::uint32_t> clock_of_;  // by transaction that writes

  // Of the session at hand.
  std::vector<std::uint32_t> local_keys_;  // by key: its row in last_, or kNobody
  std::vector<Count> last_;  // by row and column: one more than the last write in view, 0 for none
  std::vector<Count> view_;
  std::vector<const TransactionId*> rivals_;  // of the read at hand: writes that its source does not know
};

}  // namespace assay::checkers
