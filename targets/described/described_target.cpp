#include "targets/described/described_target.h"

#include <filesystem>

#include "harness/core/error.h"
#include "targets/described/client_program.h"
#include "targets/described/notation/choice.h"
#include "targets/described/store/store_target.h"

namespace assay::described {

namespace {

const std::string kDescription = "description";
const std::string kMode = "described_mode";

std::unique_ptr<Client> start_client(const ClientPlace& place) {
  const StoreRun& run = place.run;
  const Description& description = run.description;
  const Names names =
      names_of(description, run.places, static_cast<std::size_t>(place.node), run.choice.options);
  const Greeting greeting{place.place().node, place.process, description.port, run.places,
                          run.choice.options};
  const std::string folder = std::filesystem::path(description.path).parent_path().string();
  return std::make_unique<ClientProgram>(place.io, filled(description.client, names, "client.start"), folder,
                                         greeting, description.errors);
}

std::string text_option(const Plan& plan, const std::string& name) {
  const Value* given = find_fact(plan.options, name);
  if (given == nullptr) return "";
  return given->kind() == Value::Kind::text ? std::string(given->as_text()) : given->to_string();
}

}  // namespace

std::vector<ModeInfo> modes() {
  return {{"file",
           "nodes, start and client as the file says",
           "what the file says",
           "",
           {{kDescription, "", "a path",
             "the file that describes the database; --target FILE.json says the same"},
            {kMode, "", "a mode that the file describes",
             "its first one by default; --mode says the same after --target FILE.json"}},
           {},
           {}}};
}

std::unique_ptr<Target> make_target(const Plan& plan, const std::string& hosts_file) {
  if (!plan.bugs.empty())
    throw InputError("--bug " + plan.bugs.front() + ": a described database has no seeded bugs");
  const std::string path = text_option(plan, kDescription);
  if (path.empty())
    throw InputError("target described needs the file that describes the database: --target FILE.json");
  Description description = read_description(path);
  check_templates(description);
  if (description.built_in_client)
    throw InputError(path + ": its client is built in: give --target " + description.name);
  Choice choice = choose(description, text_option(plan, kMode), plan, {kDescription, kMode});
  if (hosts_file.empty()) {
    throw InputError("--cluster " + plan.cluster + ": " + description.name +
                     " is not simulated; give --cluster local or a hosts file");
  }
  StoreParts parts;
  parts.connect = start_client;
  return make_deployed_store(std::move(description), std::move(choice), std::move(parts), plan, hosts_file);
}

}  // namespace assay::described
