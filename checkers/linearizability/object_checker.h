// Checks one object of a partition under one model; behind it are the register checkers, which are made for
// their model, and the one for every other model.
//
// Thread safety: const members may be called from several threads at once. Errors: none.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/object_model.h"
#include "checkers/linearizability/object_verdict.h"
#include "harness/core/checker.h"

namespace assay::checkers {

class ObjectChecker {
 public:
  virtual ~ObjectChecker() = default;
  virtual ObjectVerdict check(std::span<const OpId> ids, bool want_order, Limits& limits) const = 0;
  // Why an object is invalid, with the smallest witness found within the limits.
  virtual Finding explain(std::span<const OpId> ids, const ObjectVerdict& verdict, Limits& limits) const = 0;
};

// The history must outlive the checker; so must the model.
std::unique_ptr<ObjectChecker> make_register_checker(const History& history, const Value& initial);
std::unique_ptr<ObjectChecker> make_model_checker(const History& history, const ObjectModel& model);

}  // namespace assay::checkers
