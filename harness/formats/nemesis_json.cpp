#include "harness/formats/nemesis_json.h"

#include "harness/core/error.h"
#include "harness/core/json_of.h"
#include "harness/formats/plan_reader.h"

namespace assay::formats {

using Json = OrderedJson;

std::string nemesis_to_json(const std::vector<ScheduledFault>& windows, std::uint64_t seed) {
  Json json;
  json["schema_version"] = 1;
  json["seed"] = seed;
  json["windows"] = Json::array();
  for (const ScheduledFault& window : windows) json["windows"].push_back(json_of<Json>(window_facts(window)));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<ScheduledFault> parse_nemesis(std::string_view text, const std::string& name) {
  const Json json = parse_commented(text, name);
  if (!json.is_object() || !json.contains("windows"))
    throw InputError(name + ": expected a JSON object with the field \"windows\", a list of fault windows");
  std::vector<ScheduledFault> windows;
  for (const auto& [key, value] : json.items()) {
    const Place place{name, key};
    if (key == "windows") {
      windows = read_schedule(value, place);
    } else if (key == "schema_version") {
      read_whole(value, place, 1, 1);
    } else if (key != "seed") {
      throw InputError(name + ": field \"" + key +
                       "\" is not known; accepted are schema_version, seed, windows");
    }
  }
  return windows;
}

std::vector<ScheduledFault> read_nemesis(const std::string& path) {
  return parse_nemesis(read_whole_file(path, "fault plan"), path);
}

}  // namespace assay::formats
