// A fault plan as a file: nemesis.json of a run folder, and what --nemesis-plan takes. docs/nemesis.md describes it,
// docs/nemesis.schema.json is its schema. Comments are allowed when reading.
//
// Errors: InputError with one sentence that names the file and the field, as in "windows[2].for". Whether a fault exists,
// and whether windows fit the run, is for the caller to say. Thread safety: plain functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/plan.h"

namespace assay::formats {

// `seed`: of the run that they are of, for people.
std::string nemesis_to_json(const std::vector<ScheduledFault>& windows, std::uint64_t seed);

// `name` stands for the file in messages.
std::vector<ScheduledFault> parse_nemesis(std::string_view text, const std::string& name);
std::vector<ScheduledFault> read_nemesis(const std::string& path);

}  // namespace assay::formats
