#include "targets/described/store/native_store.h"

#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::described {

namespace {

const std::string kServers = "servers";

}  // namespace

Description description_of(const NativeStore& store) {
  for (const EmbeddedFile& file : store.files) {
    if (file.name != "target.json") continue;
    Description description = parse_description(file.content, "targets/" + store.name + "/target.json");
    ASSAY_ASSERT(description.built_in_client && description.name == store.name);
    return description;
  }
  ASSAY_ASSERT(false && "a native store has no target.json");
  return {};
}

std::vector<ModeInfo> native_modes(const NativeStore& store) {
  std::vector<ModeInfo> modes = mode_infos(description_of(store));
  for (ModeInfo& mode : modes) {
    mode.options.push_back({kServers, "", "addresses with ports, comma-separated",
                            "servers that run already; they are not stopped, and not hurt"});
  }
  return modes;
}

std::unique_ptr<Target> make_native_store(NativeStore store, const Plan& plan,
                                          const std::string& hosts_file) {
  if (!plan.bugs.empty())
    throw InputError("--bug " + plan.bugs.front() + ": target " + store.name + " has no seeded bugs");
  Description description = description_of(store);
  Choice choice = choose(description, plan.mode, plan, {kServers});
  store.parts.files = store.files;
  if (const Value* servers = find_fact(plan.options, kServers)) {
    const bool text = servers->kind() == Value::Kind::text;
    return make_running_store(std::move(description), std::move(choice), std::move(store.parts), plan,
                              text ? std::string(servers->as_text()) : servers->to_string());
  }
  if (hosts_file.empty()) {
    throw InputError("--cluster " + plan.cluster + ": " + store.name +
                     " is not simulated; give --cluster local, a hosts file, or --servers ADDRESS:PORT of "
                     "servers that run already");
  }
  return make_deployed_store(std::move(description), std::move(choice), std::move(store.parts), plan,
                             hosts_file);
}

}  // namespace assay::described
