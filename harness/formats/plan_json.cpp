#include "harness/formats/plan_json.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/core/error.h"
#include "harness/formats/units.h"

namespace assay::formats {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kPaceNames = {"poisson", "constant", "closed-loop"};

// One field of a file, for messages.
struct Place {
  const std::string& file;
  std::string_view field;

  [[noreturn]] void expected(const std::string& what, const Json& got) const {
    throw InputError(file + ": field \"" + std::string(field) + "\": expected " + what + ", got " +
                     got.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 80));
  }
};

Json to_json(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::nil:
      return nullptr;
    case Value::Kind::boolean:
      return value.as_boolean();
    case Value::Kind::integer:
      return value.as_integer();
    case Value::Kind::text:
      return value.as_text();
    case Value::Kind::pair:
      return {{"pair", Json::array({to_json(value.first()), to_json(value.second())})}};
    case Value::Kind::list:
      break;
  }
  Json list = Json::array();
  for (const Value& element : value.as_list()) list.push_back(to_json(element));
  return list;
}

Json to_json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

std::string read_text(const Json& json, const Place& place) {
  if (!json.is_string()) place.expected("a text", json);
  return json.get<std::string>();
}

std::vector<std::string> read_texts(const Json& json, const Place& place) {
  std::vector<std::string> texts;
  if (!json.is_array()) place.expected("a list of texts", json);
  for (const Json& element : json) {
    if (!element.is_string()) place.expected("a list of texts", json);
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::int64_t read_whole(const Json& json, const Place& place, std::int64_t least, std::int64_t most) {
  const bool small = json.is_number_integer() &&
                     (!json.is_number_unsigned() ||
                      json.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
  if (!small || json.get<std::int64_t>() < least || json.get<std::int64_t>() > most) {
    place.expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most), json);
  }
  return json.get<std::int64_t>();
}

Nanos read_duration(const Json& json, const Place& place) {
  const auto duration = json.is_string() ? parse_duration(json.get<std::string>()) : std::nullopt;
  if (!duration) place.expected("a duration such as \"30s\", \"1.5s\" or \"500ms\"", json);
  return *duration;
}

Value read_value(const Json& json, const Place& place) {
  if (json.is_null()) return Value();
  if (json.is_boolean()) return Value::boolean(json.get<bool>());
  if (json.is_string()) return Value::text(json.get<std::string>());
  if (json.is_number_integer()) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    return Value(read_whole(json, place, std::numeric_limits<std::int64_t>::min(), kMost));
  }
  if (json.is_object() && json.size() == 1 && json.contains("pair") && json["pair"].size() == 2 &&
      json["pair"].is_array()) {
    return Value::pair(read_value(json["pair"][0], place), read_value(json["pair"][1], place));
  }
  if (!json.is_array()) place.expected("a text, a whole number, true, false, null or a list of them", json);
  std::vector<Value> elements;
  for (const Json& element : json) elements.push_back(read_value(element, place));
  return Value::list(std::move(elements));
}

// How one field of a Plan is written and read.
struct Field {
  std::string_view name;
  Json (*write)(const Plan& plan);
  void (*read)(const Json& json, const Place& place, Plan& plan);
};

template <std::string Plan::*member>
constexpr Field text_field(std::string_view name) {
  return {name, [](const Plan& plan) -> Json { return plan.*member; },
          [](const Json& json, const Place& place, Plan& plan) { plan.*member = read_text(json, place); }};
}

template <std::vector<std::string> Plan::*member>
constexpr Field texts_field(std::string_view name) {
  return {name, [](const Plan& plan) -> Json { return to_json(plan.*member); },
          [](const Json& json, const Place& place, Plan& plan) { plan.*member = read_texts(json, place); }};
}

template <auto member, std::int64_t most>
constexpr Field whole_field(std::string_view name) {
  return {name, [](const Plan& plan) -> Json { return plan.*member; },
          [](const Json& json, const Place& place, Plan& plan) {
            plan.*member = static_cast<std::remove_reference_t<decltype(plan.*member)>>(
                read_whole(json, place, 1, most));
          }};
}

template <Nanos Plan::*member>
constexpr Field duration_field(std::string_view name) {
  return {
      name, [](const Plan& plan) -> Json { return format_duration(plan.*member); },
      [](const Json& json, const Place& place, Plan& plan) { plan.*member = read_duration(json, place); }};
}

void read_pace(const Json& json, const Place& place, Plan& plan) {
  const auto pace = json.is_string() ? pace_from_name(json.get<std::string>()) : std::nullopt;
  if (!pace) place.expected("\"poisson\", \"constant\" or \"closed-loop\"", json);
  plan.pace = *pace;
}

void read_seed(const Json& json, const Place& place, Plan& plan) {
  if (!json.is_number_unsigned()) place.expected("a whole number from 0 to 18446744073709551615", json);
  plan.seed = json.get<std::uint64_t>();
}

Json write_options(const Plan& plan) {
  Json object = Json::object();
  for (const Fact& fact : plan.options) object[fact.name] = to_json(fact.value);
  return object;
}

void read_options(const Json& json, const Place& place, Plan& plan) {
  if (!json.is_object()) place.expected("an object of options", json);
  plan.options.clear();
  for (const auto& [name, value] : json.items()) plan.options.push_back({name, read_value(value, place)});
}

void read_memory_limit(const Json& json, const Place& place, Plan& plan) {
  const auto size = json.is_string() ? parse_size(json.get<std::string>()) : std::nullopt;
  if (!size) place.expected("a size such as \"4G\" or \"512M\"", json);
  plan.check_memory_limit_bytes = *size;
}

constexpr std::int64_t kMany = 1'000'000'000;

constexpr std::array<Field, 22> kFields = {
    text_field<&Plan::target>("target"),
    text_field<&Plan::mode>("mode"),
    text_field<&Plan::workload>("workload"),
    texts_field<&Plan::nemesis>("nemesis"),
    text_field<&Plan::cluster>("cluster"),
    whole_field<&Plan::nodes, 1000>("nodes"),
    whole_field<&Plan::concurrency, 100'000>("concurrency"),
    whole_field<&Plan::keys, kMany>("keys"),
    Field{"pace", [](const Plan& plan) -> Json { return pace_name(plan.pace); }, read_pace},
    whole_field<&Plan::rate, kMany>("rate"),
    duration_field<&Plan::warm_up>("warm_up"),
    duration_field<&Plan::time_limit>("time_limit"),
    duration_field<&Plan::recovery_limit>("recovery_limit"),
    duration_field<&Plan::operation_timeout>("operation_timeout"),
    duration_field<&Plan::fault_interval>("fault_interval"),
    duration_field<&Plan::fault_duration>("fault_duration"),
    Field{"seed", [](const Plan& plan) -> Json { return plan.seed; }, read_seed},
    texts_field<&Plan::bugs>("bugs"),
    text_field<&Plan::reads>("reads"),
    Field{"options", write_options, read_options},
    duration_field<&Plan::check_time_limit>("check_time_limit"),
    Field{"check_memory_limit",
          [](const Plan& plan) -> Json { return format_size(plan.check_memory_limit_bytes); },
          read_memory_limit},
};

const Field* find_field(std::string_view name) {
  for (const Field& field : kFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

[[noreturn]] void refuse_unknown(const std::string& file, const std::string& name) {
  std::string accepted = "title, expect";
  for (const Field& field : kFields) accepted += ", " + std::string(field.name);
  throw InputError(file + ": field \"" + name + "\" is not known; accepted are " + accepted);
}

Verdict read_expect(const Json& json, const Place& place) {
  for (const Verdict verdict : {Verdict::valid, Verdict::invalid, Verdict::unknown}) {
    if (json == Json(verdict_name(verdict))) return verdict;
  }
  place.expected("\"valid\", \"invalid\" or \"unknown\"", json);
}

Json parse_json(std::string_view text, const std::string& name) {
  try {
    return Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    const std::size_t end = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw InputError(name + ":" + std::to_string(line) +
                     ": expected valid JSON (comments are allowed) around here");
  }
}

}  // namespace

std::string_view pace_name(Pace pace) { return kPaceNames[static_cast<std::size_t>(pace)]; }

std::optional<Pace> pace_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kPaceNames.size(); ++i) {
    if (kPaceNames[i] == name) return static_cast<Pace>(i);
  }
  return std::nullopt;
}

std::string plan_to_json(const Plan& plan) {
  Json object = Json::object();
  for (const Field& field : kFields) object[std::string(field.name)] = field.write(plan);
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

PlanFile parse_plan(std::string_view text, const std::string& name) {
  const Json json = parse_json(text, name);
  if (!json.is_object()) throw InputError(name + ": expected a JSON object with the fields of a plan");
  PlanFile file;
  for (const auto& [key, value] : json.items()) {
    const Place place{name, key};
    if (key == "title") {
      file.title = read_text(value, place);
    } else if (key == "expect") {
      file.expect = read_expect(value, place);
    } else if (const Field* field = find_field(key)) {
      field->read(value, place, file.plan);
    } else {
      refuse_unknown(name, key);
    }
  }
  return file;
}

PlanFile read_plan(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw InputError(path + ": the plan can't be opened: " + std::strerror(errno));
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad()) throw InputError(path + ": the plan can't be read");
  return parse_plan(text, path);
}

}  // namespace assay::formats
