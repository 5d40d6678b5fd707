// Takes fields out of a JSON object by name, each with what is accepted there, and refuses in the end what nobody asked for.
//
// Thread safety: none. Ownership: the object must outlive it. Errors: InputError, one sentence with the file and the field.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/time.h"

namespace assay::described {

class JsonFields {
 public:
  using Json = nlohmann::ordered_json;  // the first mode of a file is the usual one
  // `path` of the file and `where` in it are for messages.
  JsonFields(const Json& object, std::string path, std::string where);

  bool has(const std::string& name) { return find(name) != nullptr; }
  bool is_text(const std::string& name);
  bool is_list(const std::string& name);
  std::string text(const std::string& name, const std::string& usual);
  std::string demanded_text(const std::string& name);
  bool flag(const std::string& name);
  std::int64_t whole(const std::string& name, std::int64_t usual, std::int64_t least, std::int64_t most);
  Nanos duration(const std::string& name, Nanos usual);
  std::vector<std::string> texts(const std::string& name);
  // One text, or a list of some.
  std::vector<std::string> text_or_texts(const std::string& name);
  // One text, or a list of its lines.
  std::string lines(const std::string& name);
  std::vector<std::pair<std::string, std::string>> named_texts(const std::string& name);
  // The names of all fields, which count as asked for.
  std::vector<std::string> all_names();

  // Calls `take` with the fields of each element of a list.
  template <typename Take>
  void each(const std::string& name, Take take) {
    for_elements(name, "a list of objects", [&](const Json& element, const std::string& where) {
      JsonFields fields(element, path_, where);
      take(fields);
      fields.done();
    });
  }
  // The same for lists that have texts among their objects: those go to `take_text`.
  template <typename TakeText, typename Take>
  void each_text_or_object(const std::string& name, TakeText take_text, Take take) {
    for_elements(name, "a list of texts and objects", [&](const Json& element, const std::string& where) {
      if (element.is_string()) return take_text(element.get<std::string>());
      JsonFields fields(element, path_, where);
      take(fields);
      fields.done();
    });
  }
  // The same for an object with a field for each, with its name.
  template <typename Take>
  void each_named(const std::string& name, Take take) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_object()) refuse(name, "an object with a field for each");
    for (const auto& [key, value] : found->items()) {
      JsonFields fields(value, path_, in(name) + "." + key);
      take(key, fields);
      fields.done();
    }
  }
  // The same for one object, if it is there.
  template <typename Take>
  void inside(const std::string& name, Take take) {
    const Json* found = find(name);
    if (found == nullptr) return;
    JsonFields fields(*found, path_, in(name));
    take(fields);
    fields.done();
  }

  void done() const;
  [[noreturn]] void refuse(const std::string& name, const std::string& expected) const;
  // The field's name from the root of the file.
  std::string in(const std::string& name) const;

 private:
  const Json* find(const std::string& name);
  template <typename Take>
  void for_elements(const std::string& name, const std::string& expected, Take take) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_array()) refuse(name, expected);
    for (std::size_t i = 0; i < found->size(); ++i)
      take((*found)[i], in(name) + "[" + std::to_string(i) + "]");
  }

  const Json& object_;
  const std::string path_;
  const std::string where_;
  std::vector<std::string> known_;
};

}  // namespace assay::described
