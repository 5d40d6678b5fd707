// Appends JSON to a string, by hand because the journal writes more than a million lines a second: numbers
// with to_chars, texts escaped as RFC 8259 asks, invalid UTF-8 replaced by U+FFFD so that every line stays
// readable.
//
// A Value becomes null, true, 7, "abc", [1,2,3]; a pair becomes {"pair":[1,2]}, which no other value does.
//
// Thread safety: plain functions. Complexity: linear in what is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/fact.h"
#include "harness/core/value.h"

namespace assay::formats {

void append_json_integer(std::int64_t number, std::string& out);
void append_json_text(std::string_view text, std::string& out);
void append_json_value(const Value& value, std::string& out);
// An object with one field per fact, in their order.
void append_json_facts(const Facts& facts, std::string& out);

}  // namespace assay::formats
