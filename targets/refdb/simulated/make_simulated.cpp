#include "targets/refdb/simulated/make_simulated.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include "harness/core/error.h"
#include "targets/refdb/protocols/protocols.h"
#include "targets/refdb/simulated/sim_target.h"

namespace assay::refdb {

namespace {

constexpr int kNodesMax = 100;

// "a, b, c", for messages.
void add_name(std::string& list, std::string_view name) {
  list += list.empty() ? "" : ", ";
  list += name;
}

const ProtocolPlugin& protocol_named(const std::string& mode) {
  std::string known;
  for (const ProtocolPlugin* plugin : all_protocols()) {
    if (plugin->mode == mode) return *plugin;
    add_name(known, plugin->mode);
  }
  throw InputError("refdb has no mode \"" + mode + "\"; there are: " + known);
}

void check_bugs(const ProtocolPlugin& plugin, const std::vector<std::string>& bugs) {
  for (const std::string& bug : bugs) {
    std::string known;
    bool found = false;
    for (const ProtocolPlugin::Bug& candidate : plugin.bugs()) {
      found = found || candidate.name == bug;
      add_name(known, candidate.name);
    }
    if (found) continue;
    throw InputError("refdb has no seeded bug \"" + bug + "\" in mode " + std::string(plugin.mode) +
                     "; there are: " + known);
  }
}

class EmptyStorage final : public StorageReader {
 public:
  void scan(std::string_view, const std::function<void(std::string_view, std::string_view)>&) const override {
  }
};

// The protocol has the last word on its configuration; ask it before anything starts.
void check_replica(const ProtocolPlugin& plugin, const ReplicaConfig& config) {
  try {
    plugin.make(config, EmptyStorage(), LocalTime{});
  } catch (const std::invalid_argument& refusal) {
    throw InputError("refdb in mode " + std::string(plugin.mode) +
                     " refuses its configuration: " + refusal.what());
  }
}

}  // namespace

std::unique_ptr<Target> make_simulated(const Plan& plan) {
  if (plan.nodes < 1 || plan.nodes > kNodesMax) {
    throw InputError("a simulated cluster has 1 to " + std::to_string(kNodesMax) + " nodes, not " +
                     std::to_string(plan.nodes));
  }
  const ProtocolPlugin& plugin = protocol_named(plan.mode);
  check_bugs(plugin, plan.bugs);
  if (plan.reads != "read-index" && plan.reads != "lease" && plan.reads != "local") {
    throw InputError("refdb has no way of reading named \"" + plan.reads +
                     "\"; there are: read-index, lease, local");
  }
  SimTargetConfig config;
  config.nodes = plan.nodes;
  config.seed = plan.seed;
  config.bugs = plan.bugs;
  config.reads = plan.reads;
  config.options = sim_options_from(plan.options);
  auto target = std::make_unique<SimTarget>(plugin, config);
  check_replica(plugin, target->replica_config(0));
  return target;
}

}  // namespace assay::refdb
