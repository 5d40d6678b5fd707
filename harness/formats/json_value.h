// Reads Values and Facts from parsed JSON; the counterpart of json_text.h. Internal to this folder: it shows
// simdjson's types.
//
// Lenient where other tools' histories need it: a number that is no 64-bit integer becomes its text, an
// object other than {"pair":[a,b]} a list of (name -> value) pairs. Nesting is bounded by the parser
// (kJsonDepthMax).
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>

#include "harness/core/fact.h"
#include "harness/core/value.h"

namespace assay::formats {

inline constexpr std::size_t kJsonDepthMax = 64;

Value value_from_json(simdjson::dom::element element);
// The fields of an object; anything else but null becomes one fact called "value".
Facts facts_from_json(simdjson::dom::element element);
// For messages: the JSON text, cut when long.
std::string excerpt(simdjson::dom::element element);

}  // namespace assay::formats
