// A client of the simulated refdb: drives its ClientLogic over simulated connections, on the controller's clock, which
// is virtual time itself.
//
// Thread safety: none. A reply comes inside World::wait(), as the contract of assay::Client asks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/client.h"
#include "harness/sim/sim_connections.h"
#include "harness/sim/sim_world.h"
#include "targets/refdb/client/client_logic.h"

namespace assay::refdb {

class SimClient final : public Client, private sim::ClientSide {
 public:
  SimClient(sim::SimWorld& world, sim::SimConnections& connections, std::unique_ptr<ClientLogic> logic,
            std::size_t nodes);
  ~SimClient() override;
  SimClient(const SimClient&) = delete;
  SimClient& operator=(const SimClient&) = delete;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override;

 private:
  void connection_opened(NodeId node) override;
  void connection_ended(NodeId node, bool never_opened) override;
  void connection_data(NodeId node, std::string payload) override;

  sim::ConnectionId& connection_to(PeerId node);
  void carry_out_actions();
  void complete(Completion completion);
  void arm_timer();

  sim::SimWorld& world_;
  sim::SimConnections& network_;
  std::unique_ptr<ClientLogic> logic_;
  std::vector<sim::ConnectionId> connections_;  // by node; 0: none
  std::shared_ptr<Reply> reply_;                // shared with the posted completion; emptied when it is void
  sim::Simulator::Timer timer_;
  Nanos armed_for_ = kNever;
};

}  // namespace assay::refdb
