#include "targets/refdb/replica/options.h"

#include <charconv>
#include <optional>
#include <stdexcept>

#include "harness/core/assert.h"
#include "harness/core/units.h"

namespace assay::refdb {

namespace {

std::string quoted(const Value& value) {
  return value.kind() == Value::Kind::text ? std::string(value.as_text()) : value.to_string();
}

std::optional<std::int64_t> whole_number(const Value& given) {
  if (given.is_integer()) return given.as_integer();
  if (given.kind() != Value::Kind::text) return std::nullopt;
  const std::string_view text = given.as_text();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_choice(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const std::size_t comma = choices.find(", ");
    if (choices.substr(0, comma) == text) return true;
    choices = comma == std::string_view::npos ? std::string_view() : choices.substr(comma + 2);
  }
  return false;
}

std::optional<Value> in_range(const OptionSpec& spec, std::optional<std::int64_t> number) {
  if (!number || *number < spec.low || *number > spec.high) return std::nullopt;
  return Value(*number);
}

std::optional<Value> converted(const OptionSpec& spec, const Value& given) {
  const bool is_text = given.kind() == Value::Kind::text;
  switch (spec.kind) {
    case OptionSpec::Kind::choice:
      if (!is_text || !is_choice(spec.choices, given.as_text())) return std::nullopt;
      return given;
    case OptionSpec::Kind::text:  // a number on a command line is one in a plan, too
      if (given.is_integer()) return Value::text(std::to_string(given.as_integer()));
      if (!is_text) return std::nullopt;
      return given;
    case OptionSpec::Kind::whole:
      return in_range(spec, whole_number(given));
    case OptionSpec::Kind::duration:
      return in_range(spec, is_text ? parse_duration(given.as_text()) : std::nullopt);
    case OptionSpec::Kind::flag:
      if (given.kind() == Value::Kind::boolean) return given;
      if (is_text && given.as_text() == "yes") return Value::boolean(true);
      if (is_text && given.as_text() == "no") return Value::boolean(false);
      return std::nullopt;
  }
  return std::nullopt;
}

// As a user would write it, and as a plan keeps it.
Value as_written(const OptionSpec& spec, const Value& value) {
  if (spec.kind == OptionSpec::Kind::duration) return Value::text(format_duration(value.as_integer()));
  if (spec.kind == OptionSpec::Kind::flag) return Value::text(value.as_boolean() ? "yes" : "no");
  return value;
}

}  // namespace

const OptionSpec* find_option(std::span<const OptionSpec> specs, std::string_view name) {
  for (const OptionSpec& spec : specs) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

std::string accepted_text(const OptionSpec& spec) {
  switch (spec.kind) {
    case OptionSpec::Kind::choice:
      return "one of " + std::string(spec.choices);
    case OptionSpec::Kind::whole:
      return "a whole number from " + std::to_string(spec.low) + " to " + std::to_string(spec.high);
    case OptionSpec::Kind::duration:
      return "a duration from " + format_duration(spec.low) + " to " + format_duration(spec.high);
    case OptionSpec::Kind::flag:
      return "yes or no";
    case OptionSpec::Kind::text:
      break;
  }
  return "a text";
}

DividedFacts divide_options(std::span<const OptionSpec> specs, const Facts& given) {
  DividedFacts divided;
  for (const Fact& fact : given) {
    (find_option(specs, fact.name) != nullptr ? divided.of_mode : divided.rest).push_back(fact);
  }
  return divided;
}

Options::Options(std::span<const OptionSpec> specs, const Facts& given) {
  for (const OptionSpec& spec : specs) {
    const std::optional<Value> usual = converted(spec, Value::text(spec.usual));
    ASSAY_ASSERT(usual.has_value());
    values_.push_back({std::string(spec.name), *usual});
    written_.push_back({std::string(spec.name), as_written(spec, *usual)});
  }
  for (const Fact& fact : given) {
    std::string names;
    for (const OptionSpec& spec : specs) names += (names.empty() ? "" : ", ") + std::string(spec.name);
    if (find_option(specs, fact.name) == nullptr) {
      throw std::invalid_argument("there is no option \"" + fact.name + "\"; there are: " + names);
    }
    set(specs, fact.name, fact.value);
  }
}

void Options::set(std::span<const OptionSpec> specs, std::string_view name, const Value& value) {
  const OptionSpec* spec = find_option(specs, name);
  ASSAY_ASSERT(spec != nullptr && values_.size() == specs.size());
  const std::optional<Value> good = converted(*spec, value);
  if (!good) {
    throw std::invalid_argument("option " + std::string(name) + " is \"" + quoted(value) + "\", expected " +
                                accepted_text(*spec));
  }
  const auto place = static_cast<std::size_t>(spec - specs.data());
  values_[place].value = *good;
  written_[place].value = as_written(*spec, *good);
}

const Value& Options::value(std::string_view name) const {
  for (const Fact& fact : values_) {
    if (fact.name == name) return fact.value;
  }
  ASSAY_ASSERT(false);
}

std::string_view Options::text(std::string_view name) const { return value(name).as_text(); }
std::int64_t Options::whole(std::string_view name) const { return value(name).as_integer(); }
bool Options::flag(std::string_view name) const { return value(name).as_boolean(); }

}  // namespace assay::refdb
