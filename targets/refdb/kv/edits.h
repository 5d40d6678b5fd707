// What a mop that changes a value makes of it: append, add, remove, and insert and erase of a text. Shared by every mode
// that reads a value, changes it and writes it back.
//
// Thread safety: pure. Errors: nothing when the mop does not fit the value that it meets. Complexity: linear in the value.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "harness/core/operation.h"

namespace assay::refdb {

// Requires: fn is append, add, remove, insert or erase.
std::optional<Value> edited(Fn fn, const Value& current, const Value& argument);

// The position and the text of an insertion, the position and the count of an erasure, as they fit a text of `size` bytes.
std::optional<std::pair<std::size_t, std::string_view>> insertion_of(const Value& argument, std::size_t size,
                                                                     Value& keep_alive);
std::optional<std::pair<std::size_t, std::size_t>> erasure_of(const Value& argument, std::size_t size);

}  // namespace assay::refdb
