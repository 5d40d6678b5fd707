// Options that the checkers of register histories share: `initial` (what every key holds at first: nil, the
// default, or an integer) and `certificate` (yes or no, the default).
//
// Thread safety: pure functions. Errors: one sentence.
#pragma once

#include <functional>
#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

struct RegisterOptions {
  Value initial;
  bool certificate = false;
};

// Takes an option of its own: sets `known` if there is one of that name, `error` if its value is not
// accepted.
using OwnOption =
    std::function<void(const std::string& name, const std::string& value, bool& known, std::string& error)>;

// False, and `error` is set, when an option is not accepted. `names` lists the options known, for people.
bool parse_register_options(const std::string& checker, const CheckerOptions& given, const std::string& names,
                            const OwnOption& own, RegisterOptions& options, std::string& error);

// Empty when every mop reads or writes a register.
std::string unsuited_for_registers(const HistoryShape& shape);

// "1 operation", "2 operations".
std::string counted(std::uint64_t count, const std::string& noun);

void add_fact(CheckResult& result, std::string name, std::uint64_t value);

}  // namespace assay::checkers
