// assay list: what there is to choose from.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "checkers/registry.h"
#include "harness/cli/commands.h"
#include "harness/core/error.h"
#include "nemesis/registry.h"
#include "reports/registry.h"
#include "targets/registry.h"
#include "trials/registry.h"
#include "workloads/registry.h"

namespace assay::cli {

namespace {

void row(std::string_view name, std::string_view text) {
  std::printf("  %-20s %s\n", std::string(name).c_str(), std::string(text).c_str());
}

void list_targets() {
  for (const TargetPlugin* plugin : targets::all_plugins()) row(plugin->name, plugin->summary);
}

void list_modes() {
  for (const TargetPlugin* plugin : targets::all_plugins()) {
    for (const ModeInfo& mode : plugin->modes()) {
      row(std::string(plugin->name) + " " + mode.name,
          mode.summary + "; claims: " + mode.claimed_consistency);
      if (!mode.breaks.empty()) row("", "broken by: " + mode.breaks);
      for (const OptionInfo& option : mode.options) {
        row("",
            "--" + option.name + " " + option.usual + ": " + option.summary + " (" + option.accepted + ")");
      }
      for (const std::string& sentence : mode.known_trouble) row("", "known trouble: " + sentence);
    }
  }
}

void list_bugs() {
  for (const TargetPlugin* plugin : targets::all_plugins()) {
    for (const ModeInfo& mode : plugin->modes()) {
      for (const BugInfo& bug : mode.bugs) {
        row(bug.name, bug.summary + " (" + std::string(plugin->name) + " " + mode.name +
                          "; shows under: " + bug.needs + ")");
      }
    }
  }
}

void list_faults() {
  for (const FaultPlugin* plugin : nemesis::all_plugins()) {
    row(plugin->name, plugin->summary);
    row("", "variants: " + std::string(plugin->variants));
  }
}

void list_workloads() {
  for (const WorkloadPlugin* plugin : workloads::all_plugins()) {
    row(plugin->name, plugin->summary);
    for (const WorkloadOption& option : plugin->options) {
      const std::string choices = option.choices.empty() ? "" : " (" + std::string(option.choices) + ")";
      row("", "--workload-option " + std::string(option.name) + "=" + std::string(option.usual) + ": " +
                  std::string(option.summary) + choices);
    }
  }
}

void list_trials() {
  for (const TrialPlugin* plugin : trials::all_plugins()) row(plugin->name, plugin->summary);
}

void list_checkers() {
  for (const CheckerPlugin* plugin : checkers::all_plugins()) row(plugin->name, plugin->summary);
}

struct Section {
  const char* name;
  void (*list)();
};
constexpr Section kSections[] = {{"targets", list_targets}, {"modes", list_modes},
                                 {"bugs", list_bugs},       {"workloads", list_workloads},
                                 {"faults", list_faults},   {"checkers", list_checkers},
                                 {"trials", list_trials}};

int list(const std::string& what) {
  std::string names;
  bool found = false;
  for (const Section& section : kSections) {
    names += (names.empty() ? "" : ", ") + std::string(section.name);
    if (!what.empty() && what != section.name) continue;
    if (what.empty()) std::printf("%s\n", section.name);
    section.list();
    found = true;
  }
  if (!found) throw InputError("list " + what + ": there is no such list; there are " + names);
  return kExitValid;
}

}  // namespace

void add_list_command(CLI::App& app, Actions& actions) {
  auto what = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("list", "Targets, modes, bugs, workloads, faults, checkers, trials");
  command->add_option("WHAT", *what, "One of them; all by default");
  actions[command] = [what] { return list(*what); };
}

}  // namespace assay::cli
