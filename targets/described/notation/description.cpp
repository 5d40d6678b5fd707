#include "targets/described/notation/description.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/core/error.h"
#include "targets/described/notation/json_fields.h"

namespace assay::described {

namespace {

using Json = JsonFields::Json;

// Comments are allowed: the file is written by people.
Json parsed(std::string_view text, const std::string& path) {
  try {
    return Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    throw InputError(path + ", line " + std::to_string(1 + std::count(text.begin(), end, '\n')) +
                     ": this is no JSON; expected an object that describes a database");
  } catch (const Json::out_of_range&) {
    throw InputError(path + ": a number in it is too large");
  }
}

void refuse_outside(const JsonFields& fields, const std::string& name, const std::string& path) {
  const std::filesystem::path given(path);
  const bool climbs = std::find(given.begin(), given.end(), "..") != given.end();
  if (given.is_absolute() || climbs) fields.refuse(name, "a path below the folder of the host, without ..");
}

bool is_plain_name(const std::string& text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
         std::string::npos;
}

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

std::string listed(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

// What may be asked for in conditions: options of any mode, and the modes; with their values, none for any.
std::map<std::string, std::vector<std::string>> choices_of(const Description& description) {
  std::map<std::string, std::vector<std::string>> known;
  const auto add = [&known](const std::vector<DescribedOption>& options) {
    for (const DescribedOption& option : options) known[option.name] = option.choices;
  };
  add(description.options);
  for (const DescribedMode& mode : description.modes) {
    add(mode.options);
    known["mode"].push_back(mode.name);
  }
  return known;
}

Condition take_condition(JsonFields& fields, const Description& description) {
  Condition condition;
  const auto known = choices_of(description);
  fields.inside("when", [&](JsonFields& when) {
    const std::string nodes = when.text("node", "every");
    if (nodes != "every" && nodes != "first" && nodes != "others")
      when.refuse("node", "one of every, first, others");
    condition.nodes = nodes == "first"    ? Condition::Nodes::first
                      : nodes == "others" ? Condition::Nodes::others
                                          : Condition::Nodes::every;
    for (const auto& [name, choices] : known) {
      if (!when.has(name)) continue;
      condition.values[name] = when.text_or_texts(name);
      for (const std::string& value : condition.values[name]) {
        if (!choices.empty() && !contains(choices, value)) when.refuse(name, "one of " + listed(choices));
      }
    }
  });
  return condition;
}

std::vector<DescribedOption> take_options(JsonFields& fields) {
  std::vector<DescribedOption> options;
  fields.each_named("options", [&](const std::string& name, JsonFields& option) {
    DescribedOption taken{
        name, option.text("usual", ""), option.text("about", ""), option.texts("choices"), {}};
    const auto& choices = taken.choices;
    if (!choices.empty() && !contains(choices, taken.usual)) option.refuse("usual", "one of the choices");
    for (const auto& [choice, claim] : option.named_texts("claims")) {
      if (!contains(choices, choice)) option.refuse("claims." + choice, "one of the choices");
      taken.claims[choice] = claim;
    }
    options.push_back(std::move(taken));
  });
  return options;
}

// Modes have what they do not say from the database.
void take_modes(JsonFields& fields, Description& description) {
  const auto take_nodes = [](JsonFields& in, std::int64_t& least, std::int64_t& most) {
    in.inside("nodes", [&](JsonFields& nodes) {
      least = nodes.whole("least", least, 1, 1000);
      most = nodes.whole("most", std::max(least, most), least, 1000);
    });
  };
  description.claims = fields.text("claims", description.claims);
  take_nodes(fields, description.nodes_least, description.nodes_most);
  description.trouble = fields.texts("trouble");
  description.options = take_options(fields);
  fields.each_named("modes", [&](const std::string& name, JsonFields& mode) {
    DescribedMode taken{name,
                        mode.text("about", ""),
                        mode.text("claims", description.claims),
                        description.nodes_least,
                        description.nodes_most,
                        {},
                        {}};
    take_nodes(mode, taken.nodes_least, taken.nodes_most);
    taken.options = take_options(mode);
    taken.trouble = mode.texts("trouble");
    for (const DescribedOption& option : taken.options) {
      for (const DescribedOption& common : description.options) {
        if (option.name == common.name)
          mode.refuse("options." + option.name, "another name: every mode has it");
      }
    }
    description.modes.push_back(std::move(taken));
  });
}

void take_lists(JsonFields& fields, Description& description) {
  fields.each_named("lists", [&](const std::string& name, JsonFields& list) {
    JoinedList joined{name, list.demanded_text("each"), list.text("between", ","), list.flag("others")};
    description.lists.push_back(std::move(joined));
  });
}

void take_files(JsonFields& fields, Description& description) {
  fields.inside("install", [&](JsonFields& install) {
    description.packages = install.texts("packages");
    install.each("files", [&](JsonFields& file) {
      UploadedFile taken{file.demanded_text("from"), file.demanded_text("to"), file.flag("executable")};
      refuse_outside(file, "to", taken.to);
      description.files.push_back(std::move(taken));
    });
  });
  fields.each("configuration", [&](JsonFields& file) {
    Configuration taken{file.demanded_text("to"), file.lines("text"), take_condition(file, description)};
    refuse_outside(file, "to", taken.to);
    description.configurations.push_back(std::move(taken));
  });
}

std::vector<Word> take_words(JsonFields& fields, const std::string& name, const Description& description) {
  std::vector<Word> words;
  fields.each_text_or_object(
      name,
      [&](const std::string& text) {
        words.push_back({text, {}});
      },
      [&](JsonFields& some) {
        const Condition when = take_condition(some, description);
        for (const std::string& text : some.texts("words")) words.push_back({text, when});
      });
  if (words.empty() || words.front().text.empty())
    fields.refuse(name, "a list of a program and its arguments");
  return words;
}

std::vector<HostStep> take_steps(JsonFields& fields, const std::string& name,
                                 const Description& description) {
  std::vector<HostStep> steps;
  fields.each(name, [&](JsonFields& step) {
    HostStep taken;
    taken.run = step.demanded_text("run");
    taken.unless = step.text("unless", "");
    taken.repeat = step.flag("repeat");
    taken.within = step.duration("within", taken.within);
    taken.when = take_condition(step, description);
    steps.push_back(std::move(taken));
  });
  return steps;
}

void take_start(JsonFields& fields, Description& description) {
  description.prepare = take_steps(fields, "prepare", description);
  description.start = take_words(fields, "start", description);
  fields.each_named("beside", [&](const std::string& name, JsonFields& program) {
    if (!is_plain_name(name))
      fields.refuse("beside." + name, "letters, digits, - and _ as the name of its log");
    description.beside.push_back(
        {name, take_words(program, "start", description), take_condition(program, description)});
  });
  description.user = fields.text("user", "");
  description.first_alone = fields.flag("first_alone");
  description.after_start = take_steps(fields, "after_start", description);
  description.environment = fields.named_texts("environment");
  description.more_logs = fields.texts("more_logs");
  fields.inside("ready", [&](JsonFields& ready) {
    description.port = static_cast<std::uint16_t>(ready.whole("port", 0, 1, 65535));
    description.ready = ready.text("command", "");
    description.ready_within = ready.duration("within", description.ready_within);
  });
  description.version = fields.text("version", "");
  description.primary = fields.text("primary", "");
  description.roles = fields.named_texts("roles");
}

constexpr std::pair<std::string_view, int> kSignals[] = {{"SIGTERM", SIGTERM}, {"SIGINT", SIGINT},
                                                         {"SIGQUIT", SIGQUIT}, {"SIGHUP", SIGHUP},
                                                         {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}};

// A signal by its name, or a command.
void take_stop(JsonFields& fields, Description& description) {
  const std::string stop = fields.text("stop", "SIGTERM");
  for (const auto& [name, signal] : kSignals) {
    if (name == stop) return static_cast<void>(description.stop_signal = signal);
  }
  if (stop.rfind("SIG", 0) == 0 && stop.find(' ') == std::string::npos)
    fields.refuse("stop", "SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2 or a shell command");
  description.stop = stop;
}

void take_unsuited(JsonFields& fields, Description& description) {
  fields.each("unsuited", [&](JsonFields& each) {
    Unsuited unsuited{each.text_or_texts("faults"), each.demanded_text("because"),
                      take_condition(each, description)};
    if (unsuited.faults.empty()) each.refuse("faults", "names of faults (assay list faults)");
    if (unsuited.when.nodes != Condition::Nodes::every)
      each.refuse("when.node", "modes and options: it is about all nodes");
    description.unsuited.push_back(std::move(unsuited));
  });
}

Membership take_membership(JsonFields& orders, const Description& description) {
  Membership membership;
  membership.when = take_condition(orders, description);
  membership.view = orders.demanded_text("view");
  membership.remove = orders.text("remove", "");
  membership.add = orders.text("add", "");
  membership.join = orders.text("join", "");
  membership.enter = orders.text("enter", "");
  membership.transfer = orders.text("transfer", "");
  membership.within = orders.duration("within", membership.within);
  if (membership.when.nodes != Condition::Nodes::every)
    orders.refuse("when.node", "modes and options: orders are about all nodes");
  if (membership.remove.empty() != membership.add.empty())
    orders.refuse(membership.add.empty() ? "add" : "remove", "a command: who removes must be able to add");
  if (!membership.join.empty() && membership.add.empty())
    orders.refuse("add", "a command: join prepares a node that was added");
  if (!membership.enter.empty() && membership.add.empty())
    orders.refuse("add", "a command: enter is of a node that was added");
  if (membership.add.empty() && membership.transfer.empty())
    orders.refuse("transfer", "a command, or remove and add: there is no order");
  return membership;
}

void take_memberships(JsonFields& fields, Description& description) {
  const auto take = [&](JsonFields& orders) {
    description.memberships.push_back(take_membership(orders, description));
  };
  if (fields.is_list("membership")) return fields.each("membership", take);
  fields.inside("membership", take);
}

void take_refounding(JsonFields& fields, Refounding& refounding) {
  fields.inside("refound", [&](JsonFields& commands) {
    refounding.lost = commands.demanded_text("lost");
    refounding.position = commands.demanded_text("position");
    refounding.found = commands.demanded_text("found");
    refounding.follow = commands.text("follow", "");
    refounding.after = commands.duration("after", refounding.after);
  });
}

void take_client(JsonFields& fields, Description& description) {
  fields.each("errors", [&](JsonFields& error) {
    description.errors.push_back({error.demanded_text("begins"), error.demanded_text("because")});
  });
  if (fields.is_text("client")) {
    if (fields.text("client", "") != "built in") fields.refuse("client", "an object, or \"built in\"");
    description.built_in_client = true;
    return;
  }
  fields.inside("client", [&](JsonFields& client) { description.client = client.texts("start"); });
  if (description.client.empty()) fields.refuse("client.start", "a list of a program and its arguments");
}

}  // namespace

bool Condition::holds(std::size_t number, const std::map<std::string, std::string>& names) const {
  if (nodes == Nodes::first && number != 0) return false;
  if (nodes == Nodes::others && number == 0) return false;
  return std::all_of(values.begin(), values.end(), [&](const auto& wanted) {
    const auto found = names.find(wanted.first);
    return found != names.end() && contains(wanted.second, found->second);
  });
}

Description parse_description(std::string_view text, const std::string& path) {
  const Json root = parsed(text, path);
  JsonFields fields(root, path, "");
  Description description;
  description.path = path;
  description.name = fields.demanded_text("name");
  if (!is_plain_name(description.name)) fields.refuse("name", "letters, digits, - and _: it names a folder");
  description.about = fields.text("about", "");
  take_modes(fields, description);
  take_lists(fields, description);
  take_files(fields, description);
  take_start(fields, description);
  take_stop(fields, description);
  take_unsuited(fields, description);
  take_memberships(fields, description);
  take_refounding(fields, description.refounding);
  take_client(fields, description);
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
