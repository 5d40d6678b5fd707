#include "harness/cli/recorded_results.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/cli/recorded_measurements.h"

namespace assay::cli {

namespace {

using Recorded = nlohmann::ordered_json;

Value value_of(const Recorded& json) {
  if (json.is_boolean()) return Value::boolean(json.get<bool>());
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_string()) return Value::text(json.get<std::string>());
  if (json.is_null()) return Value();
  return Value::text(json.dump());
}

Facts facts_of(const Recorded& json) {
  Facts facts;
  for (const auto& [name, value] : json.items()) facts.push_back({name, value_of(value)});
  return facts;
}

std::string text_or_empty(const Recorded& json, const char* name) {
  return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
}

void take(const Recorded& json, RunResult& result) {
  result.started_utc = text_or_empty(json, "started_utc");
  result.host = text_or_empty(json, "host");
  result.harness_error = text_or_empty(json, "harness_error");
  result.interrupted = json.value("interrupted", false);
  result.recovered = json.value("recovered", false);
  if (json.contains("recovery_time") && json["recovery_time"].is_number_integer())
    result.recovery_time = json["recovery_time"].get<Nanos>();
  result.wall_time = json.value("wall_time", Nanos{0});
  result.virtual_time = json.value("virtual_time", Nanos{0});
  result.late = json.value("late", std::int64_t{0});
  if (json.contains("counters")) result.counters = facts_of(json["counters"]);
  if (json.contains("measurements") && json.contains("history"))
    take_measurements(json["measurements"], json["history"].value("nodes", std::vector<std::string>{}),
                      result.measurements);
  if (!json.contains("target")) return;
  const Recorded& target = json["target"];
  result.target.version = text_or_empty(target, "version");
  result.target.claimed_consistency = text_or_empty(target, "claimed_consistency");
  if (target.contains("options")) result.target.options = facts_of(target["options"]);
}

}  // namespace

void read_recorded_results(const std::string& path, RunResult& result) {
  std::ifstream file(path, std::ios::binary);
  const Recorded json = file ? Recorded::parse(file, nullptr, false) : Recorded();
  if (!json.is_object()) {
    result.interrupted = true;
    return;
  }
  try {
    take(json, result);
  } catch (const nlohmann::json::exception&) {
    result.interrupted = true;
  }
}

}  // namespace assay::cli
