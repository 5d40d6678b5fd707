#include "harness/formats/run_fields.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "harness/core/error.h"

namespace assay::formats {

namespace {

// A simulated second costs more work than a real one is long.
constexpr std::int64_t kUsualRate = 100;

}  // namespace

void Fields::read(const OrderedJson& object) const {
  if (!object.is_object()) Place{file_, within_}.expected("an object", object);
  for (const auto& [key, value] : object.items()) {
    const Place place{file_, within_.empty() ? key : within_ + "." + key};
    const auto reader = readers_.find(key);
    if (reader == readers_.end())
      throw InputError(file_ + ": field \"" + place.field + "\" is not known; accepted are " + names_);
    reader->second(value, place);
  }
}

OrderedJson assignment(const std::string& path, const OrderedJson& value) {
  const std::size_t dot = path.find('.');
  OrderedJson object = OrderedJson::object();
  object[path.substr(0, dot)] = dot == std::string::npos ? value : assignment(path.substr(dot + 1), value);
  return object;
}

void merge_fields(OrderedJson& base, const OrderedJson& change) {
  if (!base.is_object() || !change.is_object()) {
    base = change;
    return;
  }
  for (const auto& [key, value] : change.items()) {
    if (value.is_null()) {
      base.erase(key);
    } else {
      merge_fields(base[key], value);
    }
  }
}

Plan read_partial_plan(const OrderedJson& json, const Place& place) {
  if (!json.is_object()) place.expected("an object with fields of a plan", json);
  Plan plan;
  plan.rate = kUsualRate;
  for (const auto& [key, value] : json.items()) {
    std::string known;
    const Place field{place.file, place.field + "." + key};
    if (!read_plan_field(key, value, field, plan, known)) {
      throw InputError(place.file + ": field \"" + field.field + "\" is not known; accepted are " +
                       known.substr(2));
    }
  }
  return plan;
}

void read_seeds(const OrderedJson& json, const Place& place, std::uint64_t& first, std::uint64_t& last) {
  if (json.is_number_integer()) {
    last = static_cast<std::uint64_t>(read_whole(json, place, 1, 1'000'000));
    return;
  }
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  const std::size_t dots = text.find("..");
  const auto number = [](std::string_view digits, std::uint64_t& out) {
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
  };
  if (dots == std::string::npos || !number(std::string_view(text).substr(0, dots), first) ||
      !number(std::string_view(text).substr(dots + 2), last) || first > last) {
    place.expected("how many seeds, or a range like \"1..20\"", json);
  }
}

VerdictExpectation read_expectation(const OrderedJson& json, const Place& place) {
  VerdictExpectation expectation;
  if (json.is_string()) {
    expectation.verdict = read_verdict(json, place);
    return expectation;
  }
  Fields(place.file, place.field)
      .on("verdict",
          [&](const OrderedJson& value, const Place& at) { expectation.verdict = read_verdict(value, at); })
      .on("checker",
          [&](const OrderedJson& value, const Place& at) { expectation.checker = read_text(value, at); })
      .on("anomaly",
          [&](const OrderedJson& value, const Place& at) { expectation.anomaly = read_text(value, at); })
      .on("seeds", [&](const OrderedJson& value,
                       const Place& at) { expectation.seeds_min = read_whole(value, at, 1, 1'000'000); })
      .read(json);
  if (!expectation.anomaly.empty() && expectation.verdict != Verdict::invalid) {
    throw InputError(place.file + ": field \"" + place.field +
                     "\": an anomaly can only be expected of an invalid verdict");
  }
  return expectation;
}

}  // namespace assay::formats
