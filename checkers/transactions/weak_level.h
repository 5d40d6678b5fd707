// The checkers of the weak transactional levels, which differ in one rule only (weak_rules.h): read
// committed, read atomic and causal. Single operations are transactions of one.
//
// Thread safety: pure functions. Complexity: see weak_rules.h and causal_scan.h.
#pragma once

#include <memory>

#include "checkers/transactions/register_options.h"
#include "checkers/transactions/weak_rules.h"

namespace assay::checkers {

// `checker`: the name in results.
std::unique_ptr<Checker> make_weak_level_checker(std::string checker, WeakLevel level,
                                                 RegisterOptions options);

}  // namespace assay::checkers
