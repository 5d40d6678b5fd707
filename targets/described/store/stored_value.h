// Values as bytes, for stores that keep bytes: whole numbers are written in decimals, texts with a "t" before them, flags as "b0" and
// "b1", nil as "n", lists and pairs as netstrings of their elements after "l" and "p".
//
// Thread safety: pure functions. Errors: loaded() gives nothing for what was never stored. Complexity: linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/value.h"

namespace assay::described {

std::string stored(const Value& value);
std::optional<Value> loaded(std::string_view text);

}  // namespace assay::described
