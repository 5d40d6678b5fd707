#include "targets/described/notation/json_fields.h"

#include <algorithm>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/units.h"

namespace assay::described {

JsonFields::JsonFields(const Json& object, std::string path, std::string where)
    : object_(object), path_(std::move(path)), where_(std::move(where)) {
  if (!object.is_object()) refuse("", "an object");
}

bool JsonFields::is_text(const std::string& name) {
  const Json* found = find(name);
  return found != nullptr && found->is_string();
}

bool JsonFields::is_list(const std::string& name) {
  const Json* found = find(name);
  return found != nullptr && found->is_array();
}

std::string JsonFields::text(const std::string& name, const std::string& usual) {
  const Json* found = find(name);
  if (found == nullptr) return usual;
  if (!found->is_string()) refuse(name, "a text");
  return found->get<std::string>();
}

std::string JsonFields::demanded_text(const std::string& name) {
  const std::string given = text(name, "");
  if (given.empty()) refuse(name, "a text that is not empty");
  return given;
}

bool JsonFields::flag(const std::string& name) {
  const Json* found = find(name);
  if (found == nullptr) return false;
  if (!found->is_boolean()) refuse(name, "true or false");
  return found->get<bool>();
}

std::int64_t JsonFields::whole(const std::string& name, std::int64_t usual, std::int64_t least,
                               std::int64_t most) {
  const Json* found = find(name);
  if (found == nullptr) return usual;
  const bool good = found->is_number_integer() && *found >= least && *found <= most;
  if (!good) refuse(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return found->get<std::int64_t>();
}

Nanos JsonFields::duration(const std::string& name, Nanos usual) {
  const std::string given = text(name, "");
  const auto parsed = given.empty() ? std::optional<Nanos>(usual) : parse_duration(given);
  if (!parsed || *parsed <= 0) refuse(name, "a duration like \"15s\"");
  return *parsed;
}

std::vector<std::string> JsonFields::texts(const std::string& name) {
  std::vector<std::string> list;
  for_elements(name, "a list of texts", [&](const Json& element, const std::string&) {
    if (!element.is_string()) refuse(name, "a list of texts");
    list.push_back(element.get<std::string>());
  });
  return list;
}

std::vector<std::string> JsonFields::text_or_texts(const std::string& name) {
  if (is_text(name)) return {text(name, "")};
  return texts(name);
}

std::string JsonFields::lines(const std::string& name) {
  if (is_text(name)) return text(name, "");
  std::string all;
  for (const std::string& line : texts(name)) all += line + "\n";
  if (all.empty()) refuse(name, "a text or a list of lines");
  return all;
}

std::vector<std::pair<std::string, std::string>> JsonFields::named_texts(const std::string& name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const Json* found = find(name);
  if (found == nullptr) return pairs;
  if (!found->is_object()) refuse(name, "an object of texts");
  for (const auto& [key, value] : found->items()) {
    if (!value.is_string()) refuse(name + "." + key, "a text");
    pairs.emplace_back(key, value.get<std::string>());
  }
  return pairs;
}

std::vector<std::string> JsonFields::all_names() {
  std::vector<std::string> names;
  for (const auto& [key, value] : object_.items()) names.push_back(key);
  known_.insert(known_.end(), names.begin(), names.end());
  return names;
}

void JsonFields::done() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    std::string names;
    for (const std::string& name : known_) names += (names.empty() ? "" : ", ") + name;
    throw InputError(path_ + ": " + in(key) + " is not known; here may be " + names);
  }
}

void JsonFields::refuse(const std::string& name, const std::string& expected) const {
  const std::string field = in(name);
  throw InputError(path_ + ": " + (field.empty() ? "the file" : field) + ": expected " + expected);
}

const JsonFields::Json* JsonFields::find(const std::string& name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.push_back(name);
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

std::string JsonFields::in(const std::string& name) const {
  if (where_.empty() || name.empty()) return where_ + name;
  return where_ + "." + name;
}

}  // namespace assay::described
