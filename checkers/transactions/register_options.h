// Options that the checkers of register histories share: `initial` (what every key holds at first: nil, the
// default, or an integer) and `certificate` (yes or no, the default).
//
// Thread safety: pure functions. Errors: one sentence.
#pragma once

#include <string>

#include "checkers/common/options.h"
#include "checkers/common/words.h"
#include "harness/core/checker.h"

namespace assay::checkers {

struct RegisterOptions {
  Value initial;
  bool certificate = false;
};

RegisterOptions register_options(OptionReader& reader);

// Empty when every mop reads or writes a register.
std::string unsuited_for_registers(const HistoryShape& shape);

void add_fact(CheckResult& result, std::string name, std::uint64_t value);

}  // namespace assay::checkers
