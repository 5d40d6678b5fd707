// The fields of a plan inside other JSON: what plan_json.cpp, schedule_json.cpp, nemesis_json.cpp and experiment_json.cpp share. Internal to this folder.
//
// Errors: InputError with one sentence that names the file and the field.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"
#include "harness/core/plan.h"

namespace assay::formats {

using OrderedJson = nlohmann::ordered_json;

// One field of a file, for messages.
struct Place {
  const std::string& file;
  std::string field;

  [[noreturn]] void expected(const std::string& what, const OrderedJson& got) const;
};

// Comments are allowed; InputError names the line.
OrderedJson parse_commented(std::string_view text, const std::string& file);
std::string read_whole_file(const std::string& path, const std::string& kind);

std::string read_text(const OrderedJson& json, const Place& place);
bool read_flag(const OrderedJson& json, const Place& place);
std::vector<std::string> read_texts(const OrderedJson& json, const Place& place);
std::int64_t read_whole(const OrderedJson& json, const Place& place, std::int64_t least, std::int64_t most);
Verdict read_verdict(const OrderedJson& json, const Place& place);
Nanos read_duration(const OrderedJson& json, const Place& place);
Value read_value(const OrderedJson& json, const Place& place);
// A list of windows, or the notation of --schedule.
std::vector<ScheduledFault> read_schedule(const OrderedJson& json, const Place& place);
std::vector<ListedOperation> read_operations(const OrderedJson& json, const Place& place);
Facts read_facts(const OrderedJson& json, const Place& place);

// Sets the field of that name. False, and the names that there are, when there is none.
bool read_plan_field(const std::string& name, const OrderedJson& json, const Place& place, Plan& plan,
                     std::string& known);

}  // namespace assay::formats
