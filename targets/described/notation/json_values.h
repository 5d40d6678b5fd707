// Values as programs on standard input and output write them: null, true, whole numbers, texts and lists; a pair is a list of two.
//
// Thread safety: pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "harness/core/value.h"

namespace assay::described {

nlohmann::ordered_json json_of(const Value& value);

// Nothing for what no value can be: an object, a number with decimals or beyond 64 bits.
std::optional<Value> value_of(const nlohmann::ordered_json& json);

}  // namespace assay::described
