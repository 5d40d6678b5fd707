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
#include "harness/core/json_of.h"
#include "harness/formats/plan_reader.h"

namespace assay::formats {

using Json = OrderedJson;

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

namespace {

// Reads the one field that a place names.
class Reader {
 public:
  Reader(const std::string& wanted, const Json& json, const Place& place)
      : wanted_(wanted), json_(json), place_(place) {}

  // The names of the fields that were passed over; all of them when none was right.
  const std::string& others() const { return others_; }
  bool found() const { return found_; }

  void text(const char* name, std::string& field) {
    if (is(name)) field = read_text(json_, place_);
  }
  void texts(const char* name, std::vector<std::string>& field) {
    if (is(name)) field = read_texts(json_, place_);
  }
  void schedule(const char* name, std::vector<ScheduledFault>& field) {
    if (is(name)) field = read_schedule(json_, place_);
  }
  void operations(const char* name, std::vector<ListedOperation>& field) {
    if (is(name)) field = read_operations(json_, place_);
  }
  template <class Number>
  void whole(const char* name, Number& field, std::int64_t most) {
    if (is(name)) field = static_cast<Number>(read_whole(json_, place_, 1, most));
  }
  void pace(const char* name, Pace& field) {
    if (!is(name)) return;
    const auto pace = json_.is_string() ? pace_from_name(json_.get<std::string>()) : std::nullopt;
    if (!pace) place_.expected("\"poisson\", \"constant\" or \"closed-loop\"", json_);
    field = *pace;
  }
  void duration(const char* name, Nanos& field) {
    if (is(name)) field = read_duration(json_, place_);
  }
  void seed(const char* name, std::uint64_t& field) {
    if (!is(name)) return;
    if (!json_.is_number_unsigned()) {
      place_.expected("a whole number from 0 to 18446744073709551615", json_);
    }
    field = json_.get<std::uint64_t>();
  }
  void facts(const char* name, Facts& field) {
    if (is(name)) field = read_facts(json_, place_);
  }
  void size(const char* name, std::size_t& field) {
    if (!is(name)) return;
    const auto size = json_.is_string() ? parse_size(json_.get<std::string>()) : std::nullopt;
    if (!size) place_.expected("a size such as \"4G\" or \"512M\"", json_);
    field = *size;
  }

 private:
  bool is(const char* name) {
    if (wanted_ == name) return found_ = true;
    others_ += std::string(", ") + name;
    return false;
  }

  const std::string& wanted_;
  const Json& json_;
  const Place& place_;
  std::string others_;
  bool found_ = false;
};

}  // namespace

std::string plan_to_json(const Plan& plan) {
  return json_of<Json>(plan).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Place::expected(const std::string& what, const Json& got) const {
  throw InputError(file + ": field \"" + field + "\": expected " + what + ", got " +
                   got.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 80));
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

bool read_flag(const Json& json, const Place& place) {
  if (!json.is_boolean()) place.expected("true or false", json);
  return json.get<bool>();
}

Facts read_facts(const Json& json, const Place& place) {
  if (!json.is_object()) place.expected("an object of options", json);
  Facts facts;
  for (const auto& [key, value] : json.items()) facts.push_back({key, read_value(value, place)});
  return facts;
}

Verdict read_verdict(const Json& json, const Place& place) {
  for (const Verdict verdict : {Verdict::valid, Verdict::invalid, Verdict::unknown}) {
    if (json == Json(verdict_name(verdict))) return verdict;
  }
  place.expected("\"valid\", \"invalid\" or \"unknown\"", json);
}

Json parse_commented(std::string_view text, const std::string& name) {
  try {
    return Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    const std::size_t end = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw InputError(name + ":" + std::to_string(line) +
                     ": expected valid JSON (comments are allowed) around here");
  } catch (const Json::out_of_range&) {
    throw InputError(name + ": a number in it is too large");
  }
}

std::string read_whole_file(const std::string& path, const std::string& kind) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw InputError(path + ": the " + kind + " can't be opened: " + std::strerror(errno));
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad()) throw InputError(path + ": the " + kind + " can't be read");
  return text;
}

bool read_plan_field(const std::string& name, const Json& json, const Place& place, Plan& plan,
                     std::string& known) {
  Reader reader(name, json, place);
  visit_fields(plan, reader);
  if (!reader.found()) known = reader.others();
  return reader.found();
}

PlanFile parse_plan(std::string_view text, const std::string& name) {
  const Json json = parse_commented(text, name);
  if (!json.is_object()) throw InputError(name + ": expected a JSON object with the fields of a plan");
  PlanFile file;
  for (const auto& [key, value] : json.items()) {
    const Place place{name, key};
    std::string known;
    if (key == "title") {
      file.title = read_text(value, place);
    } else if (key == "expect") {
      file.expect = read_verdict(value, place);
    } else if (!read_plan_field(key, value, place, file.plan, known)) {
      throw InputError(name + ": field \"" + key + "\" is not known; accepted are title, expect" + known);
    }
  }
  return file;
}

PlanFile read_plan(const std::string& path) { return parse_plan(read_whole_file(path, "plan"), path); }

}  // namespace assay::formats
