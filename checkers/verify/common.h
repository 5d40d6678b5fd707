// What confirming one claim has in common with confirming another: options, operations that an order names, and what
// a register's micro-operation reads and writes.
//
// Thread safety: pure functions. Complexity: constant, or linear in the operation or history given.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers {

// "Operation 7 occurs twice."
std::string complain(OpId id, const std::string& what);

std::string option_of(const Certificate& certificate, const std::string& name, const std::string& otherwise);

// Empty when the certificate has no options but these, and no order; else what is wrong.
std::string refute_options(const Certificate& certificate, std::initializer_list<std::string_view> known);
// An integer, as an option has it; none if it is not given or is something else.
std::optional<std::int64_t> number_of(const Certificate& certificate, const std::string& name);

// Option "initial". False if it is neither an integer nor nil (the default).
bool initial_value(const Certificate& certificate, Value& initial);
inline constexpr const char* kNoInitial = "Its initial value is neither an integer nor nil.";

// Empty for an operation of the history that did not fail and was not seen before; now it was. Else what is wrong.
std::string take(const History& history, OpId id, std::vector<bool>& seen);

// What is wrong when an ok operation that does anything was not seen.
std::string find_missing(const History& history, const std::vector<bool>& seen);

inline constexpr const char* kNothing = "Nothing in the history bears on its claim.";

// Of a list; else none.
std::vector<Value> elements_of(const Value& value);

bool writes(const Mop& mop);
Value written(const Mop& mop);
bool writes(const Operation& op);
// Of an operation of unknown outcome only what a compare-and-set expected is known.
bool reads(const Operation& op, const Mop& mop);
Value read_by(const Mop& mop);
// What an operation leaves behind in each key, which is what others may see.
std::map<Key, Value> last_writes(const Operation& op);

}  // namespace assay::checkers
