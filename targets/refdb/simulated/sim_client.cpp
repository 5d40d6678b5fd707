#include "targets/refdb/simulated/sim_client.h"

#include <utility>

#include "harness/core/assert.h"

namespace assay::refdb {

SimClient::SimClient(sim::SimWorld& world, sim::SimConnections& connections,
                     std::unique_ptr<ClientLogic> logic, std::size_t nodes)
    : world_(world), network_(connections), logic_(std::move(logic)), connections_(nodes, 0) {
  carry_out_actions();
}

SimClient::~SimClient() {
  if (reply_ != nullptr) *reply_ = nullptr;
  world_.simulator().cancel(timer_);
  for (const sim::ConnectionId id : connections_) {
    if (id != 0) network_.close(id);
  }
}

void SimClient::invoke(const Request& request, Nanos timeout, Reply reply) {
  ASSAY_ASSERT(reply_ == nullptr || *reply_ == nullptr);
  reply_ = std::make_shared<Reply>(std::move(reply));
  logic_->invoke(request, timeout, world_.now());
  carry_out_actions();
}

void SimClient::stay_on_node() { logic_->stay_on_node(); }

sim::ConnectionId& SimClient::connection_to(PeerId node) {
  ASSAY_ASSERT(node < connections_.size());
  return connections_[node];
}

void SimClient::connection_opened(NodeId node) {
  logic_->connected(static_cast<PeerId>(node), world_.now());
  carry_out_actions();
}

void SimClient::connection_ended(NodeId node, bool never_opened) {
  connection_to(static_cast<PeerId>(node)) = 0;
  logic_->disconnected(static_cast<PeerId>(node), never_opened, world_.now());
  carry_out_actions();
}

void SimClient::connection_data(NodeId node, std::string payload) {
  logic_->received(static_cast<PeerId>(node), payload, world_.now());
  carry_out_actions();
}

void SimClient::carry_out_actions() {
  for (ClientAction& action : logic_->take_actions()) {
    switch (action.kind) {
      case ClientAction::Kind::connect:
        ASSAY_ASSERT(connection_to(action.node) == 0);
        connection_to(action.node) = network_.open(this, static_cast<NodeId>(action.node));
        break;
      case ClientAction::Kind::disconnect:
        network_.close(std::exchange(connection_to(action.node), 0));
        break;
      case ClientAction::Kind::send:
        network_.send_to_node(connection_to(action.node), std::move(action.payload));
        break;
      case ClientAction::Kind::complete:
        complete(std::move(action.completion));
        break;
    }
  }
  arm_timer();
}

void SimClient::complete(Completion completion) {
  ASSAY_ASSERT(reply_ != nullptr && *reply_ != nullptr);
  world_.post([reply = reply_, answer = std::move(completion)] {
    if (*reply == nullptr) return;
    const Reply call = std::exchange(*reply, nullptr);
    call(answer);
  });
}

void SimClient::arm_timer() {
  const Nanos deadline = logic_->next_deadline();
  if (deadline >= armed_for_) return;
  world_.simulator().cancel(timer_);
  armed_for_ = deadline;
  timer_ = world_.simulator().at(deadline, [this] {
    armed_for_ = kNever;
    if (logic_->next_deadline() <= world_.now()) logic_->tick(world_.now());
    carry_out_actions();
  });
}

}  // namespace assay::refdb
