// What every level of isolation asks of a single read, before any order matters: its value was written, by a
// committed transaction, as that transaction's last write of the key, not later in the reading transaction
// itself, and a transaction sees its own writes (Adya's G1a and G1b; "read consistency" of AWDIT, definition
// 2.2). From read atomic upward also: a transaction that reads a key twice reads the same.
//
// Thread safety: pure functions. Complexity: linear.
#pragma once

#include <string_view>
#include <vector>

#include "checkers/transactions/register_history.h"

namespace assay::checkers {

enum class ReadAnomaly : std::uint8_t {
  thin_air,        // nobody wrote the value
  aborted,         // written by a failed transaction
  intermediate,    // overwritten by its own transaction
  future,          // written later in the reading transaction
  internal,        // not what the transaction itself had written before
  non_repeatable,  // not what the transaction read of the key before
};
std::string_view read_anomaly_name(ReadAnomaly anomaly);

struct BadRead {
  ReadAnomaly anomaly = ReadAnomaly::thin_air;
  TransactionId reader = kNobody;
  MopId mop = 0;
  MopId before = kNobody;  // non_repeatable: the read before; internal: the own write
};

struct BadReads {
  std::vector<BadRead> first;  // of each anomaly at most the number asked for: one does not hide another
  std::uint64_t count = 0;
};

// False when the budget is spent. `repeatable`: whether reads of one key in a transaction must agree.
bool find_bad_reads(const RegisterHistory& history, bool repeatable, std::size_t most, Limits& limits,
                    BadReads& found);

// `model` is the level that it violates.
Finding explain_bad_read(const RegisterHistory& history, const BadRead& read, std::string_view model);

// The value of a mop, for people: what was read or written.
std::string value_text(const RegisterHistory& history, TransactionId id, MopId mop);
// "operation 12 (process 3)".
std::string operation_text(const RegisterHistory& history, TransactionId id);
std::string key_text(const RegisterHistory& history, KeyId key);

}  // namespace assay::checkers
