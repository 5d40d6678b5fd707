// assay target: for those who describe a database of their own.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "harness/cli/commands.h"
#include "harness/core/error.h"
#include "harness/core/fault.h"
#include "nemesis/registry.h"
#include "targets/described/conformance.h"
#include "targets/described/notation/description.h"
#include "targets/described/notation/template.h"

namespace assay::cli {

namespace {

// A name that nobody has would hold nobody back.
void require_known_faults(const described::Description& description) {
  const auto known = [](const std::string& fault) {
    return std::any_of(
        nemesis::all_plugins().begin(), nemesis::all_plugins().end(), [&](const FaultPlugin* plugin) {
          const std::string name(plugin->name);
          return fault == name ||
                 (fault.rfind(name + "-", 0) == 0 && plugin->make(fault.substr(name.size() + 1)) != nullptr);
        });
  };
  for (const described::Unsuited& unsuited : description.unsuited) {
    for (const std::string& fault : unsuited.faults) {
      if (!known(fault))
        throw InputError(description.path + ": unsuited.faults: there is no fault " + fault +
                         " (assay list faults)");
    }
  }
}

int lint(const std::string& path) {
  const described::Description description = described::read_description(path);
  described::check_templates(description);
  require_known_faults(description);
  std::fprintf(stderr, "%s: describes %s, on %lld to %lld nodes, claiming %s\n", path.c_str(),
               description.name.c_str(), static_cast<long long>(description.nodes_least),
               static_cast<long long>(description.nodes_most), description.claims.c_str());
  for (const described::DescribedMode& mode : description.modes) {
    std::fprintf(stderr, "  mode %s: %s, claiming %s\n", mode.name.c_str(), mode.about.c_str(),
                 mode.claims.c_str());
  }
  return kExitValid;
}

int test(const std::string& path) {
  const described::Description description = described::read_description(path);
  described::check_templates(description);
  bool good = true;
  for (const described::Step& step : described::try_client(description)) {
    good = good && step.kept;
    std::fprintf(stderr, "%-4s %s%s%s\n", step.kept ? "ok" : "NO", step.demand.c_str(),
                 step.detail.empty() ? "" : ": ", step.detail.c_str());
  }
  std::fprintf(stderr, "%s\n",
               good ? "The client keeps to the protocol." : "The client breaks the protocol.");
  return good ? kExitValid : kExitInvalid;
}

}  // namespace

void add_target_command(CLI::App& app, Actions& actions) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("target", "Help with describing a database of your own");
  command->require_subcommand(1);
  CLI::App* lints = command->add_subcommand("lint", "Explain what is wrong in a description");
  lints->add_option("FILE", *path, "The description (docs/adding-a-store.md)")->required();
  CLI::App* tests =
      command->add_subcommand("test", "Try whether its client keeps to the protocol (docs/protocol.md)");
  tests->add_option("FILE", *path, "The description")->required();
  actions[command] = [=] { return lints->parsed() ? lint(*path) : test(*path); };
}

}  // namespace assay::cli
