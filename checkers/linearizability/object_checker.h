// Checks one object of a partition under one model; behind it are the register checkers and the transaction
// checker, which differ in how they represent operations and states.
//
// Thread safety: const members may be called from several threads at once. Errors: none.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/partition.h"
#include "harness/core/checker.h"

namespace assay::checkers {

struct ObjectVerdict {
  Verdict verdict = Verdict::unknown;
  std::uint64_t configurations = 0;
  std::vector<OpId> order;     // valid and asked for: a linearization
  OpId stuck_at = kNone;       // invalid: what could not be placed before it returned, where that is known
  std::vector<OpId> conflict;  // invalid: operations known to contradict each other, where that is known
};

class ObjectChecker {
 public:
  virtual ~ObjectChecker() = default;
  virtual ObjectVerdict check(std::span<const OpId> ids, bool want_order, Limits& limits) const = 0;
  // Why an object is invalid, with the smallest witness found within the limits.
  virtual Finding explain(std::span<const OpId> ids, const ObjectVerdict& verdict, Limits& limits) const = 0;
};

// The history must outlive the checker.
std::unique_ptr<ObjectChecker> make_register_checker(const History& history, const Value& initial);
std::unique_ptr<ObjectChecker> make_transaction_checker(const History& history, const Value& initial);

}  // namespace assay::checkers
