// The operator of a simulated refdb. Orders and questions reach every process that runs, whatever the network between the nodes is
// like, as over a network of the operator's own.
//
// Thread safety: none: as the target. Ownership: everything that it is made from outlives it.
#pragma once

#include <memory>
#include <vector>

#include "harness/core/administration.h"
#include "harness/sim/sim_world.h"
#include "targets/refdb/simulated/sim_node.h"

namespace assay::refdb {

class SimAdministration final : public Administration {
 public:
  SimAdministration(sim::SimWorld& world, sim::SimProcesses& processes,
                    const std::vector<std::unique_ptr<SimNode>>& nodes, const ProtocolPlugin& plugin)
      : world_(world), processes_(processes), nodes_(nodes), plugin_(plugin) {}

  std::optional<std::string> lack(AdminMeans means) override;
  NodeViews views() override;
  NodeViews await(const std::function<bool(const NodeViews&)>& reached, Nanos patience) override;
  std::string transfer(NodeId to) override;
  std::string set_member(NodeId node, bool member) override;
  std::string set_build(NodeId node, bool newer) override;

 private:
  std::string give_leader(const Order& order);

  sim::SimWorld& world_;
  sim::SimProcesses& processes_;
  const std::vector<std::unique_ptr<SimNode>>& nodes_;
  const ProtocolPlugin& plugin_;
};

}  // namespace assay::refdb
