#include "targets/described/notation/template.h"

#include "harness/core/error.h"

namespace assay::described {

namespace {

bool is_name(std::string_view text) {
  if (text.empty()) return false;
  for (const char letter : text) {
    const bool good = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '_';
    if (!good) return false;
  }
  return true;
}

[[noreturn]] void refuse(std::string_view name, const Names& names, const std::string& where) {
  std::string known;
  for (const auto& [key, value] : names) known += (known.empty() ? "" : ", ") + key;
  throw InputError(where + ": {" + std::string(name) + "} is not known; there are " + known);
}

Names plain_names(const NodePlace& place, std::size_t number, std::size_t nodes) {
  return {{"node", place.node}, {"address", place.address},         {"data", place.data},
          {"home", place.home}, {"number", std::to_string(number)}, {"nodes", std::to_string(nodes)}};
}

}  // namespace

std::string filled(std::string_view text, const Names& names, const std::string& where) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      out += text[i];
      continue;
    }
    if (text.substr(i).starts_with("{{")) {
      out += '{';
      ++i;
      continue;
    }
    const std::size_t end = text.find('}', i);
    const std::string_view name = text.substr(i + 1, end == std::string_view::npos ? 0 : end - i - 1);
    if (!is_name(name)) {
      out += '{';
      continue;
    }
    const auto found = names.find(std::string(name));
    if (found == names.end()) refuse(name, names, where);
    out += found->second;
    i = end;
  }
  return out;
}

std::vector<std::string> filled(const std::vector<std::string>& texts, const Names& names,
                                const std::string& where) {
  std::vector<std::string> out;
  for (const std::string& text : texts) out.push_back(filled(text, names, where));
  return out;
}

Names names_of(const Description& description, const std::vector<NodePlace>& places, std::size_t number,
               const Names& options) {
  Names names = plain_names(places[number], number, places.size());
  for (const JoinedList& list : description.lists) {
    std::string joined;
    for (std::size_t other = 0; other < places.size(); ++other) {
      if (list.others && other == number) continue;
      if (!joined.empty()) joined += list.between;
      joined += filled(list.each, plain_names(places[other], other, places.size()),
                       description.path + ": lists." + list.name + ".each");
    }
    names[list.name] = joined;
  }
  for (const auto& [name, value] : options) names[name] = value;
  return names;
}

void check_templates(const Description& description) {
  std::vector<NodePlace> places(static_cast<std::size_t>(description.nodes_least), {"n1", "::1", "/d", "/h"});
  Names options;
  for (const DescribedOption& option : description.options) options[option.name] = option.usual;
  const Names names = names_of(description, places, 0, options);
  const std::string in = description.path + ": ";
  static_cast<void>(filled(description.start, names, in + "start"));
  for (const Configuration& file : description.configurations)
    static_cast<void>(filled(file.text, names, in + "configuration " + file.to));
  for (const auto& [name, value] : description.environment)
    static_cast<void>(filled(value, names, in + "environment." + name));
  static_cast<void>(filled(description.version, names, in + "version"));
  static_cast<void>(filled(description.primary, names, in + "primary"));
  static_cast<void>(filled(description.client, names, in + "client.start"));
}

}  // namespace assay::described
