#include "targets/described/notation/template.h"

#include "harness/core/error.h"
#include "targets/described/notation/choice.h"

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

Names plain_names(const std::vector<NodePlace>& places, std::size_t number) {
  const NodePlace& place = places[number];
  return {{"node", place.node},
          {"address", place.address},
          {"name", place.name.empty() ? place.address : place.name},
          {"data", place.data},
          {"home", place.home},
          {"number", std::to_string(number)},
          {"ordinal", std::to_string(number + 1)},
          {"nodes", std::to_string(places.size())},
          {"first", places[0].node},
          {"first_address", places[0].address}};
}

// Every text that is filled in some day.
void fill_everything(const Description& description, const Names& names) {
  const std::string in = description.path + ": ";
  const auto fill = [&](const std::string& text, const std::string& where) {
    static_cast<void>(filled(text, names, in + where));
  };
  const auto fill_words = [&](const std::vector<Word>& words, const std::string& where) {
    for (const Word& word : words) fill(word.text, where);
  };
  const auto fill_steps = [&](const std::vector<HostStep>& steps, const std::string& where) {
    for (const HostStep& step : steps) {
      fill(step.run, where + ".run");
      fill(step.unless, where + ".unless");
    }
  };
  fill_words(description.start, "start");
  for (const Beside& program : description.beside) fill_words(program.start, "beside." + program.name);
  fill_steps(description.prepare, "prepare");
  fill_steps(description.after_start, "after_start");
  for (const Configuration& file : description.configurations) fill(file.text, "configuration " + file.to);
  for (const auto& [name, value] : description.environment) fill(value, "environment." + name);
  for (const auto& [role, command] : description.roles) fill(command, "roles." + role);
  for (const std::string& path : description.more_logs) fill(path, "more_logs");
  fill(description.ready, "ready.command");
  fill(description.stop, "stop");
  fill(description.version, "version");
  fill(description.primary, "primary");
  const Refounding& refounding = description.refounding;
  fill(refounding.lost, "refound.lost");
  fill(refounding.position, "refound.position");
  fill(refounding.found, "refound.found");
  fill(refounding.follow, "refound.follow");
  Names about = names;
  about.insert({{"member", "n2"}, {"member_address", "::1"}, {"member_name", "n2.test"}});
  for (const Membership& orders : description.memberships) {
    fill(orders.view, "membership.view");
    fill(orders.join, "membership.join");
    fill(orders.enter, "membership.enter");
    for (const auto& [order, name] : {std::pair(orders.remove, "remove"), std::pair(orders.add, "add"),
                                      std::pair(orders.transfer, "transfer")})
      static_cast<void>(filled(order, about, in + "membership." + name));
  }
  static_cast<void>(filled(description.client, names, in + "client.start"));
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

std::vector<std::string> filled(const std::vector<Word>& words, std::size_t number, const Names& names,
                                const std::string& where) {
  std::vector<std::string> out;
  for (const Word& word : words) {
    if (word.when.holds(number, names)) out.push_back(filled(word.text, names, where));
  }
  return out;
}

Names names_of(const Description& description, const std::vector<NodePlace>& places, std::size_t number,
               const Names& options, const Quote& quote) {
  const auto plain_names_of = [&](std::size_t node) {
    Names names = plain_names(places, node);
    for (const auto& [name, value] : options) names[name] = value;
    if (quote) {
      for (auto& [name, value] : names) value = quote(value);
    }
    return names;
  };
  Names names = plain_names_of(number);
  for (const JoinedList& list : description.lists) {
    std::string joined;
    for (std::size_t other = 0; other < places.size(); ++other) {
      if (list.others && other == number) continue;
      if (!joined.empty()) joined += list.between;
      joined += filled(list.each, plain_names_of(other), description.path + ": lists." + list.name + ".each");
    }
    names[list.name] = joined;
  }
  return names;
}

void check_templates(const Description& description) {
  std::vector<NodePlace> places(static_cast<std::size_t>(description.nodes_least), {"n1", "::1", "/d", "/h"});
  for (const std::string& mode : mode_names(description))
    fill_everything(description, names_of(description, places, 0, usual_options(description, mode)));
}

}  // namespace assay::described
