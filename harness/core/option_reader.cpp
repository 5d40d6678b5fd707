#include "harness/core/option_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/units.h"

namespace assay {

OptionReader::OptionReader(std::string flag, std::string owner, const Facts& options)
    : flag_(std::move(flag)), owner_(std::move(owner)), options_(options) {}

const Value* OptionReader::find(const std::string& name) {
  known_.push_back(name);
  return find_fact(options_, name);
}

void OptionReader::refuse(const std::string& name, const Value& got, const std::string& expected) const {
  throw InputError(flag_ + " " + format_option({name, got}) + ": " + owner_ + " expects " + expected);
}

std::int64_t OptionReader::whole(const std::string& name, std::int64_t usual, std::int64_t least,
                                 std::int64_t most) {
  const Value* value = find(name);
  if (value == nullptr) return usual;
  if (value->kind() != Value::Kind::integer || value->as_integer() < least || value->as_integer() > most) {
    refuse(name, *value, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value->as_integer();
}

Nanos OptionReader::duration(const std::string& name, Nanos usual) {
  const Value* value = find(name);
  if (value == nullptr) return usual;
  std::optional<Nanos> duration;
  if (value->kind() == Value::Kind::text) duration = parse_duration(value->as_text());
  if (*value == Value(0)) duration = 0;
  if (!duration) refuse(name, *value, "a duration like 30s or 500ms");
  return *duration;
}

bool OptionReader::flag(const std::string& name, bool usual) {
  const Value* value = find(name);
  if (value == nullptr) return usual;
  if (value->kind() == Value::Kind::boolean) return value->as_boolean();
  if (*value == Value::text("yes")) return true;
  if (*value != Value::text("no")) refuse(name, *value, "yes or no");
  return false;
}

std::string OptionReader::choice(const std::string& name, const std::vector<std::string_view>& choices) {
  const Value* value = find(name);
  if (value == nullptr) return std::string(choices.front());
  std::string names;
  for (const std::string_view choice : choices) {
    if (value->kind() == Value::Kind::text && value->as_text() == choice) return std::string(choice);
    names += (names.empty() ? "" : ", ") + std::string(choice);
  }
  refuse(name, *value, "one of " + names);
}

std::string OptionReader::text(const std::string& name, const std::string& usual) {
  const Value* value = find(name);
  if (value == nullptr) return usual;
  if (value->kind() == Value::Kind::integer) return std::to_string(value->as_integer());
  if (value->kind() != Value::Kind::text) refuse(name, *value, "a text");
  return std::string(value->as_text());
}

void OptionReader::done() const {
  std::string names;
  for (const std::string& name : known_) names += (names.empty() ? "" : ", ") + name;
  for (const Fact& option : options_) {
    if (std::find(known_.begin(), known_.end(), option.name) != known_.end()) continue;
    throw InputError(flag_ + " " + format_option(option) + ": " + owner_ + " has no such option; it has " +
                     (names.empty() ? "none" : names));
  }
}

Fact parse_option(const std::string& flag, const std::string& text) {
  const std::size_t middle = text.find('=');
  if (middle == std::string::npos || middle == 0) {
    throw InputError(flag + " " + text + ": expected name=value");
  }
  const std::string value = text.substr(middle + 1);
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == end && std::to_string(number) == value;
  return {text.substr(0, middle), whole ? Value(number) : Value::text(value)};
}

std::string format_option(const Fact& option) {
  if (option.value.kind() == Value::Kind::text)
    return option.name + "=" + std::string(option.value.as_text());
  return option.name + "=" + option.value.to_string();
}

}  // namespace assay
