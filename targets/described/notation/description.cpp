#include "targets/described/notation/description.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/core/error.h"
#include "harness/core/units.h"

namespace assay::described {

namespace {

using Json = nlohmann::json;

// Takes fields out of one object, and refuses in the end what nobody asked for.
class Fields {
 public:
  Fields(const Json& object, std::string path, std::string where)
      : object_(object), path_(std::move(path)), where_(std::move(where)) {
    if (!object.is_object()) refuse("", "an object");
  }

  std::string text(const std::string& name, const std::string& usual) {
    const Json* found = find(name);
    if (found == nullptr) return usual;
    if (!found->is_string()) refuse(name, "a text");
    return found->get<std::string>();
  }
  std::string demanded_text(const std::string& name) {
    const std::string given = text(name, "");
    if (given.empty()) refuse(name, "a text that is not empty");
    return given;
  }
  bool flag(const std::string& name) {
    const Json* found = find(name);
    if (found == nullptr) return false;
    if (!found->is_boolean()) refuse(name, "true or false");
    return found->get<bool>();
  }
  std::int64_t whole(const std::string& name, std::int64_t usual, std::int64_t least, std::int64_t most) {
    const Json* found = find(name);
    if (found == nullptr) return usual;
    const bool good = found->is_number_integer() && *found >= least && *found <= most;
    if (!good) refuse(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return found->get<std::int64_t>();
  }
  Nanos duration(const std::string& name, Nanos usual) {
    const std::string given = text(name, "");
    const auto parsed = given.empty() ? std::optional<Nanos>(usual) : parse_duration(given);
    if (!parsed || *parsed <= 0) refuse(name, "a duration like \"15s\"");
    return *parsed;
  }
  std::vector<std::string> texts(const std::string& name) {
    std::vector<std::string> list;
    const Json* found = find(name);
    if (found == nullptr) return list;
    if (!found->is_array()) refuse(name, "a list of texts");
    for (const Json& element : *found) {
      if (!element.is_string()) refuse(name, "a list of texts");
      list.push_back(element.get<std::string>());
    }
    return list;
  }
  // One text, or a list of its lines.
  std::string lines(const std::string& name) {
    const Json* found = find(name);
    if (found != nullptr && found->is_string()) return found->get<std::string>();
    std::string all;
    for (const std::string& line : texts(name)) all += line + "\n";
    if (all.empty()) refuse(name, "a text or a list of lines");
    return all;
  }
  // Calls `take` with the fields of each element of a list, and of an object with the name of each, too.
  template <typename Take>
  void each(const std::string& name, Take take) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_array()) refuse(name, "a list of objects");
    for (std::size_t i = 0; i < found->size(); ++i) {
      Fields fields((*found)[i], path_, in(name) + "[" + std::to_string(i) + "]");
      take(fields);
      fields.done();
    }
  }
  template <typename Take>
  void each_named(const std::string& name, Take take) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_object()) refuse(name, "an object with a field for each");
    for (const auto& [key, value] : found->items()) {
      Fields fields(value, path_, in(name) + "." + key);
      take(key, fields);
      fields.done();
    }
  }
  template <typename Take>
  void inside(const std::string& name, Take take) {
    const Json* found = find(name);
    if (found == nullptr) return;
    Fields fields(*found, path_, in(name));
    take(fields);
    fields.done();
  }
  std::vector<std::pair<std::string, std::string>> named_texts(const std::string& name) {
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

  void done() const {
    for (const auto& [key, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      std::string names;
      for (const std::string& name : known_) names += (names.empty() ? "" : ", ") + name;
      throw InputError(path_ + ": " + in(key) + " is not known; here may be " + names);
    }
  }

  [[noreturn]] void refuse(const std::string& name, const std::string& expected) const {
    const std::string field = in(name);
    throw InputError(path_ + ": " + (field.empty() ? "the file" : field) + ": expected " + expected);
  }

 private:
  const Json* find(const std::string& name) {
    known_.push_back(name);
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  std::string in(const std::string& name) const {
    if (where_.empty() || name.empty()) return where_ + name;
    return where_ + "." + name;
  }

  const Json& object_;
  const std::string path_;
  const std::string where_;
  std::vector<std::string> known_;
};

// Comments are allowed: the file is written by people.
Json parsed(std::string_view text, const std::string& path) {
  try {
    return Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    throw InputError(path + ", line " + std::to_string(1 + std::count(text.begin(), end, '\n')) +
                     ": this is no JSON; expected an object that describes a database");
  }
}

void refuse_outside(const Fields& fields, const std::string& name, const std::string& path) {
  const std::filesystem::path given(path);
  const bool climbs = std::find(given.begin(), given.end(), "..") != given.end();
  if (given.is_absolute() || climbs) fields.refuse(name, "a path below the folder of the host, without ..");
}

void take_lists(Fields& fields, Description& description) {
  fields.each_named("lists", [&](const std::string& name, Fields& list) {
    JoinedList joined{name, list.demanded_text("each"), list.text("between", ","), list.flag("others")};
    description.lists.push_back(std::move(joined));
  });
  fields.each_named("options", [&](const std::string& name, Fields& option) {
    DescribedOption taken{name, option.text("usual", ""), option.text("about", ""), option.texts("choices")};
    const auto& choices = taken.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), taken.usual) == choices.end())
      option.refuse("usual", "one of the choices");
    description.options.push_back(std::move(taken));
  });
}

void take_what_is_on_hosts(Fields& fields, Description& description) {
  fields.inside("install", [&](Fields& install) {
    description.packages = install.texts("packages");
    install.each("files", [&](Fields& file) {
      UploadedFile taken{file.demanded_text("from"), file.demanded_text("to"), file.flag("executable")};
      refuse_outside(file, "to", taken.to);
      description.files.push_back(std::move(taken));
    });
  });
  fields.each("configuration", [&](Fields& file) {
    Configuration taken{file.demanded_text("to"), file.lines("text")};
    refuse_outside(file, "to", taken.to);
    description.configurations.push_back(std::move(taken));
  });
  description.start = fields.texts("start");
  if (description.start.empty()) fields.refuse("start", "a list of a program and its arguments");
  description.environment = fields.named_texts("environment");
  description.more_logs = fields.texts("more_logs");
  fields.inside("ready", [&](Fields& ready) {
    description.port = static_cast<std::uint16_t>(ready.whole("port", 0, 1, 65535));
    description.ready_within = ready.duration("within", description.ready_within);
  });
  description.version = fields.text("version", "");
  description.primary = fields.text("primary", "");
}

}  // namespace

Description parse_description(std::string_view text, const std::string& path) {
  const Json root = parsed(text, path);
  Fields fields(root, path, "");
  Description description;
  description.path = path;
  description.name = fields.demanded_text("name");
  description.about = fields.text("about", "");
  description.claims = fields.text("claims", description.claims);
  fields.inside("nodes", [&](Fields& nodes) {
    description.nodes_least = nodes.whole("least", 1, 1, 1000);
    description.nodes_most = nodes.whole("most", 1000, description.nodes_least, 1000);
  });
  take_lists(fields, description);
  take_what_is_on_hosts(fields, description);
  fields.inside("client", [&](Fields& client) { description.client = client.texts("start"); });
  if (description.client.empty()) fields.refuse("client.start", "a list of a program and its arguments");
  fields.done();
  return description;
}

Description read_description(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw InputError(path + ": the description of the database can't be read");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return parse_description(text, path);
}

std::string beside(const Description& description, const std::string& path) {
  const std::filesystem::path given(path);
  if (given.is_absolute()) return path;
  return (std::filesystem::path(description.path).parent_path() / given).string();
}

}  // namespace assay::described
