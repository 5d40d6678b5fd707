// Finds a small set of transactions that is impossible alone: from those that the refutation needed, by leaving out ever
// smaller pieces and asking the decision again (delta debugging, Zeller & Hildebrandt, TSE 2002); the refutation of a part
// says again what it needed, which mostly saves the single steps.
//
// Thread safety: pure function. Complexity: bounded by a fixed amount of work, so that results do not depend on the
// clock; the budget may end it earlier.
#pragma once

#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/decide.h"

namespace assay::checkers::isolation {

// Ascending. No transaction can be left out of the result, unless the work or the budget was spent before; but for those
// added in the end because they show that one of unknown outcome took effect.
// Requires: the problem was refuted for these reasons.
std::vector<Txn> shrink(const Problem& problem, const Model& model, const std::vector<Txn>& reasons,
                        Limits& limits);

}  // namespace assay::checkers::isolation
