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
  connection.last_to_node = next_arrival(0, kClients, node, 0);
  carry(connection.last_to_node, node, true, [this, id] { arrive(id); });
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
  carry(next_to_client(*connection, 0), connection->node, false, [this, id] {
    Connection* opened = find(id);
    if (opened == nullptr) return;
    opened->told = true;
    opened->client->connection_opened(opened->node);
  });
}

Nanos SimConnections::next_arrival(Nanos last, NodeId from, NodeId to, std::size_t size_bytes) {
  Nanos arrival = simulator_.now() + latency_.draw(rng_);
  if (network_ != nullptr) arrival += network_->stream_delay(from, to, size_bytes);
  return std::max(last, arrival);
}

Nanos SimConnections::next_to_client(Connection& connection, std::size_t size_bytes) {
  connection.last_to_client = next_arrival(connection.last_to_client, connection.node, kClients, size_bytes);
  return connection.last_to_client;
}

void SimConnections::send_to_node(ConnectionId id, std::string payload) {
  Connection* connection = find(id);
  if (connection == nullptr || !connection->told) return;
  if (connection->forgotten) {
    if (!silent_ && !connection->ending) end(id, false);
    return;
  }
  simulator_.note(payload);
  const NodeId node = connection->node;
  connection->last_to_node = next_arrival(connection->last_to_node, kClients, node, payload.size());
  auto arrive = [this, id, node, incarnation = connection->incarnation,
                 message = std::move(payload)]() mutable {
    auto hand_over = [this, id, node, held = std::move(message)]() mutable {
      server_->request_data(node, id, std::move(held));
    };
    processes_.deliver(node, incarnation, std::move(hand_over));
  };
  carry(connection->last_to_node, node, true, std::move(arrive));
}

void SimConnections::close(ConnectionId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (connection->stage == Stage::accepted) {
    connection->last_to_node = next_arrival(connection->last_to_node, kClients, connection->node, 0);
    // The node may have learned it already, by a reset.
    if (!connection->forgotten && !connection->ending) tell_node(connection->node, *connection, id);
  }
  release(id);
}

// The node learns, after what was sent before, that the connection is gone.
void SimConnections::tell_node(NodeId node, const Connection& connection, ConnectionId id) {
  carry(connection.last_to_node, node, true, [this, id, node, incarnation = connection.incarnation] {
    processes_.deliver(node, incarnation, [this, id, node] { server_->connection_gone(node, id); });
  });
}

void SimConnections::send_to_client(NodeId node, ConnectionId id, std::string payload) {
  Connection* connection = find(id);
  if (connection == nullptr || connection->node != node || connection->stage != Stage::accepted) return;
  if (connection->incarnation != processes_.incarnation(node) || connection->forgotten) return;
  simulator_.note(payload);
  carry(next_to_client(*connection, payload.size()), node, false,
        [this, id, message = std::move(payload)]() mutable {
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
  carry(next_to_client(*connection, 0), connection->node, false, [this, id, never_opened] {
    Connection* ended = find(id);
    if (ended == nullptr) return;
    ClientSide* client = ended->client;
    const NodeId node = ended->node;
    release(id);
    client->connection_ended(node, never_opened);
  });
}

void SimConnections::cuts_changed() {
  std::deque<Held> still_held;
  for (Held& held : held_) {
    if (is_cut(held.node, held.to_node)) {
      still_held.push_back(std::move(held));
      continue;
    }
    // No earlier than the shortest way takes, so that nothing sent from now on comes first.
    released_.push_back(std::move(held));
    simulator_.after(latency_.base, [this] { carry_released(); });
  }
  held_ = std::move(still_held);
}

void SimConnections::carry_released() {
  Held next = std::move(released_.front());
  released_.pop_front();
  if (is_cut(next.node, next.to_node)) {
    held_.push_back(std::move(next));
  } else {
    next.task.run();
  }
}

void SimConnections::reset_clients_of(NodeId node) {
  for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
    Connection& connection = connections_[slot];
    if (connection.node != node || connection.stage != Stage::accepted || connection.ending) continue;
    const ConnectionId id = connection.generation << kSlotBits | slot;
    ++ended_;
    if (!connection.forgotten) {
      connection.last_to_node = next_arrival(connection.last_to_node, kClients, node, 0);
      tell_node(node, connection, id);
    }
    end(id, false);
  }
}

void SimConnections::forget_clients_of(NodeId node, bool closing) {
  for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
    Connection& connection = connections_[slot];
    if (connection.node != node || connection.stage != Stage::accepted || connection.ending) continue;
    if (connection.forgotten) continue;
    ++ended_;
    connection.last_to_node = std::max(connection.last_to_node, simulator_.now());
    tell_node(node, connection, connection.generation << kSlotBits | slot);
    connection.forgotten = true;
    connection.closed_slowly = closing;
    if (closing) ++closed_slowly_;
  }
}

void SimConnections::reset(std::span<const Link> links, Nanos period) {
  // Once, beside what goes on.
  if (period > 0) ++reset_generation_;
  reset_again({links.begin(), links.end()}, period, reset_generation_);
}

void SimConnections::reset_again(std::vector<Link> links, Nanos period, std::uint64_t generation) {
  if (generation != reset_generation_) return;
  for (const Link& link : links) {
    if (link.from == kClients || link.to == kClients) {
      reset_clients_of(link.from == kClients ? link.to : link.from);
    } else {
      ++ended_;
      network_->lose_under_way(link);
    }
  }
  if (period == 0) return;
  simulator_.after(period, [this, again = std::move(links), period, generation]() mutable {
    reset_again(std::move(again), period, generation);
  });
}

void SimConnections::forget(std::span<const Link> links) {
  silent_ = true;
  for (const Link& link : links) {
    ASSAY_ASSERT(link.from != kClients);
    if (link.to == kClients) {
      forget_clients_of(link.from, false);
    } else {
      silence_answers(link);
    }
  }
}

// Who believes in the connection sends on it in vain.
void SimConnections::silence_answers(const Link& link) {
  ++ended_;
  silenced_.push_back({link.to, link.from});
  network_->set_silent(silenced_.back(), true);
  network_->connect_anew(link);
}

void SimConnections::close_slowly(std::span<const Link> links) {
  silent_ = true;
  for (const Link& link : links) {
    ASSAY_ASSERT(link.from != kClients);
    if (link.to == kClients) {
      forget_clients_of(link.from, true);
    } else {
      silence_answers(link);
      ++closed_between_nodes_;
      ++closed_slowly_;
    }
  }
}

Connections::Lingering SimConnections::lingering() {
  std::int64_t closing = closed_between_nodes_;
  for (const Connection& connection : connections_)
    closing += connection.stage == Stage::accepted && connection.closed_slowly && !connection.ending ? 1 : 0;
  return {closed_slowly_, closing};
}

void SimConnections::heal() {
  ++reset_generation_;
  for (const Link& link : silenced_) network_->set_silent(link, false);
  silenced_.clear();
  silent_ = false;
  ended_ = closed_between_nodes_ = closed_slowly_ = 0;
  for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
    const Connection& connection = connections_[slot];
    if (connection.stage != Stage::accepted || !connection.closed_slowly || connection.ending) continue;
    end(connection.generation << kSlotBits | slot, false);
  }
}

void SimConnections::release(ConnectionId id) {
  Connection* connection = find(id);
  connection->stage = Stage::free;
  connection->client = nullptr;
  free_slots_.push_back(static_cast<std::uint32_t>(id & ((1u << kSlotBits) - 1)));
}

}  // namespace assay::sim
