// A history of registers in compact form, for every checker that reasons about who read from whom: operations
// and transactions of reads, writes and compare-and-sets, with dense keys, sessions, and for each read the
// write that it read from. Reads-from exists only where a value that is read was written once per key
// ("unique writes"); where it was not, ambiguous() says which two writes collide.
//
// A transaction is an operation, and has its id. compare-and-set (expected, desired) is a read of `expected`
// followed by a write of `desired`. What outcomes mean:
//   ok    all mops count.
//   fail  the writes are kept, so that a read of one is recognised; nothing else counts.
//   info  may or may not have happened: its writes are kept, and its reads are left out, but for those of
//         compare-and-sets: whoever takes effect did read what it expected. It is `observed`, that is
//         committed, once somebody committed read from it (Adya's G1a would be the alternative, which nothing
//         forces).
//
// Thread safety: immutable once built. Ownership: keeps a reference to the History, which must live longer.
// Memory: 12 bytes a mop and 16 an operation; up to twice that while building. Complexity: linear, expected.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkers/common/limits.h"
#include "harness/core/history.h"

namespace assay::checkers {

using TransactionId = OpId;       // a transaction is an operation of the history
using MopId = std::uint32_t;      // position among all mops kept, in order of operations
using KeyId = std::uint32_t;      // dense, in order of first appearance
using SessionId = std::uint32_t;  // dense: processes in order of first appearance
inline constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();

enum class MopKind : std::uint8_t {
  overwritten_write,  // the transaction writes the key again later
  write,              // the transaction's last write of the key
  read,               // of a committed transaction's last write of the key, or of a write of its own
  read_initial,       // of the initial state: no source
  read_nobody,        // of a value that nobody wrote: no source (thin air)
  read_aborted,       // of a write of a failed transaction (G1a)
  read_intermediate,  // of an overwritten write of another transaction (G1b)
};

class RegisterMop {
 public:
  RegisterMop() = default;
  RegisterMop(KeyId key, MopKind kind) : bits_(key << kKeyShift | static_cast<std::uint32_t>(kind)) {}

  KeyId key() const { return bits_ >> kKeyShift; }
  MopKind kind() const { return static_cast<MopKind>(bits_ & kKindMask); }
  bool is_write() const { return kind() <= MopKind::write; }
  bool is_read() const { return !is_write(); }
  // A write that others may read, or a read of one.
  bool is_last_write() const { return kind() == MopKind::write; }
  bool has_source() const { return source != kNobody; }
  // A read after a write of the same key in the same transaction; it must return that write.
  bool follows_own_write() const { return (bits_ & kOwnWrite) != 0; }

  // For a read the transaction and the mop that it reads from, or kNobody; for a write its own.
  TransactionId source = kNobody;
  MopId source_mop = kNobody;

 private:
  friend class RegisterHistoryBuilder;
  static constexpr std::uint32_t kKindMask = 7;
  static constexpr std::uint32_t kOwnWrite = 8;
  static constexpr std::uint32_t kKeyShift = 4;
  void set_kind(MopKind kind) { bits_ = (bits_ & ~kKindMask) | static_cast<std::uint32_t>(kind); }

  std::uint32_t bits_ = 0;
};
static_assert(sizeof(RegisterMop) == 12);

class RegisterHistory {
 public:
  enum class Status : std::uint8_t { ok, aborted, unobserved_info, observed_info };

  std::size_t transaction_count() const { return transactions_.size(); }
  std::size_t session_count() const { return processes_.size(); }
  std::size_t key_count() const { return keys_.size(); }
  std::size_t mop_count() const { return mops_.size(); }

  Status status(TransactionId id) const { return static_cast<Status>(transactions_[id].bits & kStatusMask); }
  // Surely happened: ok, or info and somebody committed read from it.
  bool committed(TransactionId id) const {
    return (transactions_[id].bits & 1) == (transactions_[id].bits >> 1 & 1);
  }
  SessionId session(TransactionId id) const { return transactions_[id].bits >> kSessionShift; }
  // Place in its session, from 0; transactions of every outcome count.
  std::uint32_t position(TransactionId id) const { return transactions_[id].position; }

  std::span<const RegisterMop> mops() const { return mops_; }
  const RegisterMop& mop(MopId id) const { return mops_[id]; }
  MopId first_mop(TransactionId id) const { return first_mops_[id]; }
  std::span<const RegisterMop> mops(TransactionId id) const {
    return std::span(mops_).subspan(first_mops_[id], first_mops_[id + 1] - first_mops_[id]);
  }

  // The transactions of a session in order, of every outcome.
  std::span<const TransactionId> transactions_of(SessionId session) const {
    return std::span(by_session_)
        .subspan(session_begin_[session], session_begin_[session + 1] - session_begin_[session]);
  }
  ProcessId process(SessionId session) const { return processes_[session]; }
  Key key(KeyId id) const { return keys_[id]; }

  // Two writes of one key and value of which nobody can tell which was read; `second` is kNobody where the
  // other one is the initial state.
  struct Collision {
    TransactionId reader = kNobody;
    TransactionId first = kNobody;
    TransactionId second = kNobody;
    Key key = 0;
  };
  const std::optional<Collision>& collision() const { return collision_; }
  // Empty when reads-from is defined; else one sentence, without a full stop, that says why not.
  std::string ambiguous() const;

  // Of ok transactions.
  std::uint64_t ok_transactions() const { return ok_transactions_; }
  std::uint64_t ok_reads() const { return ok_reads_; }
  std::uint64_t ok_writes() const { return ok_writes_; }

  const History& history() const { return *history_; }
  std::size_t bytes() const;

 private:
  friend class RegisterHistoryBuilder;
  static constexpr std::uint32_t kStatusMask = 3;
  static constexpr std::uint32_t kSessionShift = 2;
  struct Transaction {
    std::uint32_t bits = 0;  // session, status
    std::uint32_t position = 0;
  };

  const History* history_ = nullptr;
  std::vector<RegisterMop> mops_;
  std::vector<Transaction> transactions_;
  std::vector<MopId> first_mops_;  // one more than transactions
  std::vector<TransactionId> by_session_;
  std::vector<std::uint32_t> session_begin_;
  std::vector<ProcessId> processes_;
  std::vector<Key> keys_;
  std::optional<Collision> collision_;
  std::uint64_t ok_transactions_ = 0, ok_reads_ = 0, ok_writes_ = 0;
};

// Empty when built; else one sentence, without a full stop, that says why not: an operation that is none of
// registers, or a limit that is spent. `initial` is what every key holds at first, as far as no transaction
// writes that value; a read of it is ambiguous if one does. What the result holds is charged to `charge`.
std::string build_register_history(const History& history, const Value& initial, Limits& limits,
                                   Charge& charge, RegisterHistory& result);

}  // namespace assay::checkers
