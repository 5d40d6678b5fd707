// The registers of a history one by one, each with the times of what was done to it.
//
// Thread safety: pure function. Complexity: linear. Memory: 56 bytes a micro-operation, counted.
#pragma once

#include <span>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/stale/key_staleness.h"
#include "checkers/transactions/register_history.h"

namespace assay::checkers {

// A read that ended before its write began.
struct FutureRead {
  TransactionId reader = 0, writer = 0;
};

// visit(KeyRegister&, const std::vector<FutureRead>&) is called for every key, and says whether to go on. The initial state
// is the first write of each key, before time began, with the id kNobody. False when it did not, or the budget is spent.
// Requires: operations of one micro-operation.
template <class Visit>
bool each_key_register(const RegisterHistory& registers, Limits& limits, const Visit& visit);

namespace stale {

// Before every operation; far from the ends of the type, so that differences stay inside.
inline constexpr Nanos kBeforeTime = -(Nanos{1} << 61);

// One mop with its times.
struct KeyedOp {
  TimedOp op;
  TransactionId source = kNobody;
  MopKind kind = MopKind::read;
};

// Puts what is known of a key's operations in its register; `place` is scratch, one for each transaction.
void gather(const RegisterHistory& registers, std::span<const KeyedOp> ops, std::vector<std::uint32_t>& place,
            KeyRegister& keyed, std::vector<FutureRead>& future);

}  // namespace stale

template <class Visit>
bool each_key_register(const RegisterHistory& registers, Limits& limits, const Visit& visit) {
  const std::size_t bytes = registers.mop_count() * sizeof(stale::KeyedOp) + registers.key_count() * 8 +
                            registers.transaction_count() * 4;
  if (!limits.fits(bytes)) return false;
  const Charge charge(limits, bytes);
  std::vector<std::uint32_t> begin(registers.key_count() + 1, 0);
  for (const RegisterMop& mop : registers.mops()) ++begin[mop.key() + 1];
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  // In one pass over the history, so that it is read in order.
  std::vector<stale::KeyedOp> by_key(registers.mop_count());
  std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
  for (TransactionId id = 0; id < registers.transaction_count(); ++id) {
    for (const RegisterMop& mop : registers.mops(id)) {
      const Operation op = registers.history().at(id);
      by_key[next[mop.key()]++] = {{op.invoked, op.completed, id, op.node}, mop.source, mop.kind()};
    }
  }
  std::vector<std::uint32_t> place(registers.transaction_count());
  std::vector<FutureRead> future;
  for (KeyId key = 0; key < registers.key_count(); ++key) {
    if (limits.spent()) return false;
    KeyRegister keyed;
    keyed.key = key;
    future.clear();
    const std::span<const stale::KeyedOp> ops(by_key.data() + begin[key], by_key.data() + begin[key + 1]);
    const std::size_t of_key = ops.size() * (sizeof(KeyRegister::Read) + 24);
    if (!limits.fits(of_key)) return false;
    const Charge held(limits, of_key);
    stale::gather(registers, ops, place, keyed, future);
    if (limits.spent() || !visit(keyed, future)) return false;
  }
  return true;
}

}  // namespace assay::checkers
