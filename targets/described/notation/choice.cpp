#include "targets/described/notation/choice.h"

#include <algorithm>

#include "harness/core/error.h"

namespace assay::described {

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

bool is_among(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// The only mode of a description without modes is made of what it says of itself.
DescribedMode found_mode(const Description& description, const std::string& name) {
  for (const DescribedMode& mode : description.modes) {
    if (name.empty() || mode.name == name) return mode;
  }
  if (description.modes.empty() && (name.empty() || name == kOnlyMode)) {
    return {std::string(kOnlyMode),
            description.about,
            description.claims,
            description.nodes_least,
            description.nodes_most,
            {},
            {}};
  }
  throw InputError("--mode " + name + ": " + description.name + " has no such mode; it has " +
                   joined(mode_names(description)));
}

std::vector<DescribedOption> options_of(const Description& description, const DescribedMode& mode) {
  std::vector<DescribedOption> options = description.options;
  options.insert(options.end(), mode.options.begin(), mode.options.end());
  return options;
}

std::string option_text(const Value& value) {
  return value.kind() == Value::Kind::text ? std::string(value.as_text()) : value.to_string();
}

void require_known(const Fact& given, const std::vector<DescribedOption>& options, const std::string& owner) {
  std::vector<std::string> known;
  for (const DescribedOption& option : options) known.push_back(option.name);
  if (is_among(known, given.name)) return;
  throw InputError("--option " + given.name + ": " + owner + " has no such option; " +
                   (known.empty() ? "it has none" : "it has " + joined(known)));
}

void require_nodes(const Description& description, const DescribedMode& mode, int nodes) {
  if (nodes >= mode.nodes_least && nodes <= mode.nodes_most) return;
  const bool one_number = mode.nodes_least == mode.nodes_most;
  throw InputError("--nodes " + std::to_string(nodes) + ": " + description.name +
                   (description.modes.empty() ? "" : " in mode " + mode.name) + " runs on " +
                   std::to_string(mode.nodes_least) +
                   (one_number ? "" : " to " + std::to_string(mode.nodes_most)) + " nodes, says " +
                   description.path);
}

}  // namespace

std::vector<std::string> mode_names(const Description& description) {
  std::vector<std::string> names;
  for (const DescribedMode& mode : description.modes) names.push_back(mode.name);
  if (names.empty()) names.emplace_back(kOnlyMode);
  return names;
}

Names usual_options(const Description& description, const std::string& mode) {
  Names options;
  for (const DescribedMode& other : description.modes) {
    for (const DescribedOption& option : other.options) options[option.name] = option.usual;
  }
  for (const DescribedOption& option : options_of(description, found_mode(description, mode)))
    options[option.name] = option.usual;
  if (!description.modes.empty()) options["mode"] = mode;
  return options;
}

namespace {

// "kill-power" is itself and all of its variants.
bool is_of(const std::string& wanted, const std::string& fault) {
  return wanted == fault || wanted.rfind(fault + "-", 0) == 0 || wanted.rfind(fault + ":", 0) == 0;
}

void refuse_unsuited(const Description& description, const Choice& choice, const std::string& option,
                     const std::string& wanted) {
  for (const Unsuited& unsuited : description.unsuited) {
    const bool meant = std::any_of(unsuited.faults.begin(), unsuited.faults.end(),
                                   [&](const std::string& fault) { return is_of(wanted, fault); });
    if (meant && unsuited.when.holds(0, choice.options))
      throw InputError(option + " " + wanted + ": would test nothing of " + description.name + ", because " +
                       unsuited.because);
  }
}

void refuse_unsuited(const Description& description, const Choice& choice, const Plan& plan) {
  for (const std::string& fault : plan.nemesis) refuse_unsuited(description, choice, "--nemesis", fault);
  for (const ScheduledFault& fault : plan.schedule)
    refuse_unsuited(description, choice, "--schedule", fault.fault);
}

}  // namespace

Choice choose(const Description& description, const std::string& mode_name, const Plan& plan,
              const std::vector<std::string>& elsewhere) {
  const DescribedMode mode = found_mode(description, mode_name);
  require_nodes(description, mode, plan.nodes);
  Choice choice{mode.name, usual_options(description, mode.name), mode.claims};
  const std::vector<DescribedOption> options = options_of(description, mode);
  for (const Fact& given : plan.options) {
    if (is_among(elsewhere, given.name)) continue;
    require_known(given, options, description.name);
    choice.options[given.name] = option_text(given.value);
  }
  for (const DescribedOption& option : options) {
    const std::string& value = choice.options[option.name];
    if (!option.choices.empty() && !is_among(option.choices, value)) {
      throw InputError("--option " + option.name + "=" + value + ": expected one of " +
                       joined(option.choices));
    }
    if (const auto claim = option.claims.find(value); claim != option.claims.end())
      choice.claims = claim->second;
  }
  refuse_unsuited(description, choice, plan);
  return choice;
}

Membership membership_of(const Description& description, const Choice& choice) {
  for (const Membership& membership : description.memberships) {
    if (membership.when.holds(0, choice.options)) return membership;
  }
  return {};
}

std::vector<ModeInfo> mode_infos(const Description& description) {
  std::vector<ModeInfo> infos;
  for (const std::string& name : mode_names(description)) {
    const DescribedMode mode = found_mode(description, name);
    ModeInfo info{mode.name, mode.about, mode.claims, "", {}, {}, description.trouble};
    info.known_trouble.insert(info.known_trouble.end(), mode.trouble.begin(), mode.trouble.end());
    for (const DescribedOption& option : options_of(description, mode)) {
      std::string about = option.about;
      for (const auto& [choice, claim] : option.claims) about += "; " + choice + " claims: " + claim;
      info.options.push_back({option.name, option.usual,
                              option.choices.empty() ? "a text" : "one of " + joined(option.choices), about});
    }
    infos.push_back(std::move(info));
  }
  return infos;
}

}  // namespace assay::described
