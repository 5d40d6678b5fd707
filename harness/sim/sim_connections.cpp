#include "harness/sim/sim_connections.h"

#include <algorithm>
#include <utility>

namespace assay::sim {

SimConnections::Connection* SimConnections::find(ConnectionId id) {
  const auto slot = static_cast<std::size_t>(id & ((1u << kSlotBits) - 1));
  if (slot >= connections_.size()) return nullptr;
  Connection& connection = connections_[slot];
  return connection.stage != Stage::free && connection.generation == id >> kSlotBits ? &connection : nullptr;
}

ConnectionId SimConnections::open(ClientSide* client, NodeId node) {
  if (free_slots_.empty()) {
    ASSAY_ASSERT(connections_.size() < (1u << kSlotBits));
    free_slots_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  Connection& connection = connections_[slot];
  connection = Connection{};
  connection.client = client;
  connection.generation = next_generation_++;
  connection.node = node;
  connection.stage = Stage::asking;
  const ConnectionId id = connection.generation << kSlotBits | slot;
  connection.last_to_node = simulator_.now() + latency_.draw(rng_);
  simulator_.at(connection.last_to_node, [this, id] { arrive(id); });
  return id;
}

void SimConnections::arrive(ConnectionId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->stage = Stage::waiting;
  if (!processes_.deliver(connection->node, 0, [this, id] { accept(id); })) end(id, true);
}

void SimConnections::accept(ConnectionId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->stage = Stage::accepted;
  connection->incarnation = processes_.incarnation(connection->node);
  simulator_.at(next_to_client(*connection), [this, id] {
    Connection* opened = find(id);
    if (opened == nullptr) return;
    opened->told = true;
    opened->client->connection_opened(opened->node);
  });
}

Nanos SimConnections::next_to_client(Connection& connection) {
  connection.last_to_client = std::max(connection.last_to_client, simulator_.now() + latency_.draw(rng_));
  return connection.last_to_client;
}

void SimConnections::send_to_node(ConnectionId id, std::string payload) {
  Connection* connection = find(id);
  if (connection == nullptr || !connection->told) return;
  simulator_.note(payload);
  connection->last_to_node = std::max(connection->last_to_node, simulator_.now() + latency_.draw(rng_));
  const NodeId node = connection->node;
  auto carry = [this, id, node, incarnation = connection->incarnation,
                message = std::move(payload)]() mutable {
    auto hand_over = [this, id, node, held = std::move(message)]() mutable {
      server_->request_data(node, id, std::move(held));
    };
    processes_.deliver(node, incarnation, std::move(hand_over));
  };
  simulator_.at(connection->last_to_node, std::move(carry));
}

void SimConnections::close(ConnectionId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (connection->stage == Stage::accepted) {
    const Nanos time = std::max(connection->last_to_node, simulator_.now() + latency_.draw(rng_));
    const NodeId node = connection->node;
    simulator_.at(time, [this, id, node, incarnation = connection->incarnation] {
      processes_.deliver(node, incarnation, [this, id, node] { server_->connection_gone(node, id); });
    });
  }
  release(id);
}

void SimConnections::send_to_client(NodeId node, ConnectionId id, std::string payload) {
  Connection* connection = find(id);
  if (connection == nullptr || connection->node != node || connection->stage != Stage::accepted) return;
  if (connection->incarnation != processes_.incarnation(node)) return;
  simulator_.note(payload);
  simulator_.at(next_to_client(*connection), [this, id, message = std::move(payload)]() mutable {
    Connection* receiving = find(id);
    if (receiving != nullptr) receiving->client->connection_data(receiving->node, std::move(message));
  });
}

void SimConnections::node_down(NodeId node) {
  for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
    const Connection& connection = connections_[slot];
    if (connection.node != node || connection.ending) continue;
    if (connection.stage != Stage::waiting && connection.stage != Stage::accepted) continue;
    end(connection.generation << kSlotBits | slot, connection.stage == Stage::waiting);
  }
}

void SimConnections::end(ConnectionId id, bool never_opened) {
  Connection* connection = find(id);
  connection->ending = true;
  simulator_.at(next_to_client(*connection), [this, id, never_opened] {
    Connection* ended = find(id);
    if (ended == nullptr) return;
    ClientSide* client = ended->client;
    const NodeId node = ended->node;
    release(id);
    client->connection_ended(node, never_opened);
  });
}

void SimConnections::release(ConnectionId id) {
  Connection* connection = find(id);
  connection->stage = Stage::free;
  connection->client = nullptr;
  free_slots_.push_back(static_cast<std::uint32_t>(id & ((1u << kSlotBits) - 1)));
}

}  // namespace assay::sim
