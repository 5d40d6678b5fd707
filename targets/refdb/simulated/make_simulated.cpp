#include "targets/refdb/simulated/make_simulated.h"

#include <string>
#include <utility>

#include "harness/core/error.h"
#include "targets/refdb/protocols/choice.h"
#include "targets/refdb/simulated/sim_target.h"

namespace assay::refdb {

namespace {
constexpr int kNodesMax = 100;
}

std::unique_ptr<Target> make_simulated(const Plan& plan) {
  if (plan.nodes < 1 || plan.nodes > kNodesMax) {
    throw InputError("a simulated cluster has 1 to " + std::to_string(kNodesMax) + " nodes, not " +
                     std::to_string(plan.nodes));
  }
  ProtocolChoice choice = choose_protocol(plan);
  SimTargetConfig config;
  config.nodes = plan.nodes;
  config.seed = plan.seed;
  config.bugs = plan.bugs;
  config.mode_options = std::move(choice.options);
  config.options = sim_options_from(choice.rest);
  auto target = std::make_unique<SimTarget>(*choice.protocol, config);
  check_replica(*choice.protocol, target->replica_config(0));
  return target;
}

}  // namespace assay::refdb
