// The witness of a history that no order explains, and words for it.
//
// Thread safety: pure function. Bounded: a few hundred small checks, two seconds.
#pragma once

#include <span>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/object_model.h"
#include "harness/core/checker.h"

namespace assay::checkers {

struct SequentialCase {
  const ObjectModel& model;
  const History& history;
  const std::vector<std::uint32_t>& object_of;  // by id
  const Value& initial;
};

// Whether operations alone have no order: by the rules where they apply, else by search within the bound.
Verdict decide_sequential(const SequentialCase& the_case, std::span<const OpId> ids,
                          std::uint64_t configurations_max, Limits& limits);

// `conflict`: operations known to contradict each other, or none. Requires: the ids have no order.
Finding explain_sequential(const SequentialCase& the_case, std::span<const OpId> ids,
                           const std::vector<OpId>& conflict, Limits& limits);

}  // namespace assay::checkers
