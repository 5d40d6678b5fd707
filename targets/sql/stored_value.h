// Values as texts in a column of type text, so that each is read back as what it was and SQL can add, append and compare:
//
//   7 -> "7"    "abc" -> "tabc"    true -> "b1"    [1 "a b"] -> "l1 ta\sb"    (7 -> nil) -> "p7 n"
//
// Elements of lists and pairs stand between spaces; a space in a text is "\s" there, a backslash "\\".
//
// Thread safety: pure functions. Complexity: linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/value.h"

namespace assay::sql {

// Nothing when it can't be stored: nil, lists in lists, texts with a zero byte.
std::optional<std::string> stored(const Value& value);
// As an element of a list.
std::optional<std::string> stored_element(const Value& value);

// Nothing when no value is stored so.
std::optional<Value> loaded(std::string_view text);

}  // namespace assay::sql
