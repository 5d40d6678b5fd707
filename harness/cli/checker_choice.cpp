#include "harness/cli/checker_choice.h"

#include <algorithm>
#include <array>
#include <span>

#include "checkers/registry.h"
#include "harness/cli/plugins.h"
#include "harness/core/error.h"

namespace assay::cli {

namespace {

// Of several checkers that apply, the first of these says most about a history: what is made for its kind of data, then
// what decides more of it. Others come after them.
constexpr std::array<std::string_view, 17> kPreferred = {"bank",         "kafka",       "watch",
                                                         "unique-ids",   "list-append", "strict-serializable",
                                                         "linearizable", "lock",        "set-full",
                                                         "set",          "counter",     "total-queue",
                                                         "serializable", "rw-register", "snapshot-isolation",
                                                         "causal",       "read-atomic"};
// Without transactions these say less than linearizable.
constexpr std::array<std::string_view, 3> kOfTransactions = {"list-append", "strict-serializable",
                                                             "rw-register"};
// Decides what the other one can't: transactions that write a value twice.
constexpr std::string_view kStandsIn = "linearizable", kStandsInFor = "strict-serializable";

// What elle-cli calls a model, where neither a checker nor a model of a checker has that name.
struct Alias {
  std::string_view model;
  std::string_view checker;
};
constexpr std::array<Alias, 2> kAliases = {{{"mutex", "lock"}, {"comments", "causal-reverse"}}};

struct Option {
  std::string checker;  // empty: of every one
  std::string name;
  std::string value;
};

Option parse_option(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError("--option " + text + ": expected name=value or checker.name=value");
  }
  Option option{"", text.substr(0, equals), text.substr(equals + 1)};
  const std::size_t dot = option.name.find('.');
  if (dot != std::string::npos) {
    option.checker = option.name.substr(0, dot);
    option.name.erase(0, dot + 1);
    find_checker(option.checker);
  }
  return option;
}

std::vector<Option> parse_options(const CheckerRequest& request) {
  std::vector<Option> options;
  for (const std::string& text : request.options) options.push_back(parse_option(text));
  return options;
}

// What the request means once models that name checkers are known as such.
struct Wish {
  std::vector<const CheckerPlugin*> named;
  std::vector<Option> options;
  bool all = false;
};

const CheckerPlugin* find_or_null(std::string_view name) {
  for (const CheckerPlugin* plugin : checkers::all_plugins()) {
    if (plugin->name == name) return plugin;
  }
  return nullptr;
}

bool accepts(const CheckerPlugin& plugin, const CheckerOptions& options, std::string& error) {
  return plugin.make(options, error) != nullptr;
}

// The checker that a model of elle-cli means; none when it is a model of a checker.
const CheckerPlugin* checker_meant_by(const std::string& model) {
  if (const CheckerPlugin* plugin = find_or_null(model)) return plugin;
  std::string error;
  for (const CheckerPlugin* plugin : checkers::all_plugins()) {
    if (accepts(*plugin, {{"model", model}}, error)) return nullptr;
  }
  for (const Alias& alias : kAliases) {
    if (alias.model == model) return find_or_null(alias.checker);
  }
  return nullptr;
}

Wish wish_of(const CheckerRequest& request) {
  Wish wish;
  wish.all = request.all;
  wish.options = parse_options(request);
  for (const std::string& name : request.checkers) wish.named.push_back(&find_checker(name));
  if (request.all && !wish.named.empty()) throw InputError("--all: can't be combined with --checker");
  if (request.model.empty()) return wish;
  if (wish.named.empty() && !request.all) {
    if (const CheckerPlugin* plugin = checker_meant_by(request.model)) {
      wish.named.push_back(plugin);
      return wish;
    }
  }
  wish.options.push_back({"", "model", request.model});
  return wish;
}

// "a, b, c", and the models of linearizable, which are what people mean most often.
std::string known_models(const std::string& wrong) {
  std::string names, error;
  for (const CheckerPlugin* plugin : checkers::all_plugins()) {
    names += (names.empty() ? "" : ", ") + std::string(plugin->name);
    if (plugin->name == "linearizable") accepts(*plugin, {{"model", wrong}}, error);
  }
  return names + "; " + error;
}

// Refuses an option that none of the checkers accepts.
void require_acceptable(const Option& option, std::span<const CheckerPlugin* const> plugins) {
  // Who knows the option says best what is wrong with its value.
  std::string error, first_error;
  bool known = false;
  for (const CheckerPlugin* plugin : plugins) {
    if (!option.checker.empty() && option.checker != plugin->name) continue;
    if (accepts(*plugin, {{option.name, option.value}}, error)) return;
    const bool knows = !error.starts_with("Option \"" + option.name + "\" is unknown");
    if (first_error.empty() || (knows && !known)) first_error = error;
    known = known || knows;
  }
  if (option.name == "model" && plugins.size() > 1) {
    throw InputError("--model " + option.value + ": no checker has this name or this model; there are " +
                     known_models(option.value));
  }
  throw InputError("--" + std::string(option.name == "model" ? "model " : "option " + option.name + "=") +
                   option.value + ": " +
                   (first_error.empty() ? "checker " + option.checker + " was not chosen" : first_error));
}

// The options of the request that are for this checker. With `lenient`, those that it does not accept are left out.
CheckerOptions options_for(const CheckerPlugin& plugin, const Wish& wish, bool lenient) {
  CheckerOptions options;
  std::string error;
  for (const Option& option : wish.options) {
    if (!option.checker.empty() && option.checker != plugin.name) continue;
    if (lenient && option.checker.empty() && !accepts(plugin, {{option.name, option.value}}, error)) continue;
    options[option.name] = option.value;
  }
  return options;
}

ChosenChecker make_chosen(const CheckerPlugin& plugin, CheckerOptions options) {
  ChosenChecker chosen;
  chosen.plugin = &plugin;
  chosen.checker = make_checker({std::string(plugin.name), options});
  chosen.options = std::move(options);
  return chosen;
}

std::size_t rank_of(const CheckerPlugin& plugin, const HistoryShape& shape) {
  const bool of_transactions =
      std::find(kOfTransactions.begin(), kOfTransactions.end(), plugin.name) != kOfTransactions.end();
  if (of_transactions && shape.transactions == 0) return kPreferred.size();
  const auto* const found = std::find(kPreferred.begin(), kPreferred.end(), plugin.name);
  return static_cast<std::size_t>(found - kPreferred.begin());
}

// Whether a checker accepts all options that are not for another one.
bool accepts_wish(const CheckerPlugin& plugin, const Wish& wish) {
  std::string error;
  return accepts(plugin, options_for(plugin, wish, false), error);
}

CheckerChoice choose_by_history(const Wish& wish, const HistoryShape& shape) {
  CheckerChoice choice;
  std::vector<const CheckerPlugin*> plugins(checkers::all_plugins().begin(), checkers::all_plugins().end());
  std::stable_sort(plugins.begin(), plugins.end(), [&](const CheckerPlugin* a, const CheckerPlugin* b) {
    return rank_of(*a, shape) < rank_of(*b, shape);
  });
  for (const CheckerPlugin* plugin : plugins) {
    if (!wish.all && !accepts_wish(*plugin, wish)) continue;
    CheckerOptions options = options_for(*plugin, wish, wish.all);
    std::string lacks = plugin->unsuited(shape, options);
    if (!lacks.empty()) {
      choice.unsuited.push_back({plugin->name, std::move(lacks)});
      continue;
    }
    choice.chosen.push_back(make_chosen(*plugin, std::move(options)));
  }
  if (choice.chosen.empty()) return choice;
  if (wish.all) {
    choice.why = "every checker that applies";
    return choice;
  }
  choice.why = "chosen by what the history has";
  if (choice.chosen.size() > 1)
    choice.why += "; --all runs " + std::to_string(choice.chosen.size() - 1) + " more";
  const bool needs_other = choice.chosen.size() > 1 && choice.chosen[0].plugin->name == kStandsInFor &&
                           choice.chosen[1].plugin->name == kStandsIn;
  choice.chosen.resize(needs_other ? 2 : 1);
  choice.chosen.back().stands_in = needs_other;
  return choice;
}

}  // namespace

void validate(const CheckerRequest& request) {
  const Wish wish = wish_of(request);
  for (const Option& option : wish.options) {
    const std::span<const CheckerPlugin* const> among =
        wish.named.empty() ? checkers::all_plugins() : std::span<const CheckerPlugin* const>(wish.named);
    require_acceptable(option, among);
  }
}

CheckerChoice choose_checkers(const CheckerRequest& request, const HistoryShape& shape) {
  const Wish wish = wish_of(request);
  if (wish.named.empty()) return choose_by_history(wish, shape);
  CheckerChoice choice;
  for (const CheckerPlugin* plugin : wish.named) {
    // One that was named alone must accept all options; of several, each takes its own.
    CheckerOptions options = options_for(*plugin, wish, wish.named.size() > 1);
    const std::string lacks = plugin->unsuited(shape, options);
    if (!lacks.empty()) {
      throw InputError("checker " + std::string(plugin->name) + " can't judge this history: it " + lacks);
    }
    choice.chosen.push_back(make_chosen(*plugin, std::move(options)));
  }
  return choice;
}

}  // namespace assay::cli
