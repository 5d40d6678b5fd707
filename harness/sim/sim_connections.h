// Connections between simulated clients and nodes: reliable and ordered both ways, as TCP is, until one side ends
// them. A cut between clients and a node (SimNetwork) holds up what is on its way until it is healed, as retransmissions do; a
// bad link between them makes it late.
//
//  - Connecting takes a round trip; a dead node refuses, a paused one answers after it was resumed.
//  - A killed process breaks its connections: what it had sent arrives, then the client learns of the end. What was
//    under way to it is lost.
//  - The client may close at any time: it hears nothing more; the node gets what was sent, then learns of the end.
//  - A reset ends connections on both sides, wherever they are; one that only one side forgets is half-open. Between nodes,
//    which exchange datagrams here, a reset loses what is under way, and a forgotten connection all that follows.
//  - One that is closed slowly is gone at the node; the client learns of it when that is healed.
//
// Thread safety: none. Ids are never reused. Ownership: a ClientSide must close its connections before it dies.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "harness/core/target.h"
#include "harness/sim/sim_network.h"
#include "harness/sim/sim_processes.h"
#include "harness/sim/simulator.h"

namespace assay::sim {

using ConnectionId = std::uint64_t;

class ClientSide {
 public:
  virtual ~ClientSide() = default;
  virtual void connection_opened(NodeId node) = 0;
  // The connection is gone and its id means nothing any more. `never_opened`: refused.
  virtual void connection_ended(NodeId node, bool never_opened) = 0;
  virtual void connection_data(NodeId node, std::string payload) = 0;
};

class ServerSide {
 public:
  virtual ~ServerSide() = default;
  virtual void request_data(NodeId node, ConnectionId connection, std::string payload) = 0;
  virtual void connection_gone(NodeId node, ConnectionId connection) = 0;
};

class SimConnections final : public Connections, private CutListener {
 public:
  SimConnections(Simulator& simulator, SimProcesses& processes, const LatencyConfig& latency, const Rng& rng)
      : simulator_(simulator), processes_(processes), latency_(latency), rng_(rng.fork("connections")) {}

  void set_server(ServerSide* server) { server_ = server; }
  // Whose cuts are obeyed; for links between nodes it is what reset() and forget() act on. Must outlive this object.
  void set_network(SimNetwork* network) {
    network_ = network;
    network->set_cut_listener(this);
  }

  void reset(std::span<const Link> links, Nanos period) override;
  void forget(std::span<const Link> links) override;
  std::optional<std::string> lack_of_slow_close() override { return std::nullopt; }
  void close_slowly(std::span<const Link> links) override;
  Lingering lingering() override;
  void heal() override;
  std::int64_t ended() override { return ended_; }
  std::string mechanism() const override { return "simulated"; }

  // The client's end.
  ConnectionId open(ClientSide* client, NodeId node);
  void send_to_node(ConnectionId id, std::string payload);
  void close(ConnectionId id);

  // The node's end. Dropped when the connection is gone or belongs to an earlier process of that node.
  void send_to_client(NodeId node, ConnectionId id, std::string payload);
  // The process at `node` is gone.
  void node_down(NodeId node);

  std::size_t open_count() const { return connections_.size() - free_slots_.size(); }

 private:
  enum class Stage : unsigned char { free, asking, waiting, accepted };  // waiting: at a paused node's door
  struct Connection {
    ClientSide* client = nullptr;
    std::uint64_t generation = 0;
    std::int64_t incarnation = 0;  // of the process that accepted it
    Nanos last_to_node = 0;
    Nanos last_to_client = 0;
    NodeId node = kNoNode;
    Stage stage = Stage::free;
    bool told = false;    // the client knows that it is open
    bool ending = false;  // the client will soon know that it is gone
    // Half-open: the node has forgotten it. What the client sends is lost; once that was healed, it is answered by a reset.
    bool forgotten = false;
    bool closed_slowly = false;  // the client is told when that is healed
  };
  // What a cut between clients and a node holds up.
  struct Held {
    NodeId node;
    bool to_node;
    InlineTask task;
  };
  static constexpr int kSlotBits = 20;

  // Runs `callable` at that time, or when the cut ends that is in its way.
  template <typename F>
  void carry(Nanos time, NodeId node, bool to_node, F&& callable) {
    simulator_.at(time, [this, node, to_node, task = std::forward<F>(callable)]() mutable {
      if (is_cut(node, to_node)) {
        held_.push_back({node, to_node, InlineTask(std::move(task))});
      } else {
        task();
      }
    });
  }
  bool is_cut(NodeId node, bool to_node) const {
    if (network_ == nullptr) return false;
    return to_node ? network_->is_cut(kClients, node) : network_->is_cut(node, kClients);
  }
  void cuts_changed() override;
  void carry_released();
  void reset_clients_of(NodeId node);
  void forget_clients_of(NodeId node, bool closing);
  // What `to` sends to `from` on a connection that `from` has no more is lost until heal().
  void silence_answers(const Link& link);
  void tell_node(NodeId node, const Connection& connection, ConnectionId id);
  void reset_again(std::vector<Link> links, Nanos period, std::uint64_t generation);

  Connection* find(ConnectionId id);
  void arrive(ConnectionId id);
  void accept(ConnectionId id);
  void end(ConnectionId id, bool never_opened);
  void release(ConnectionId id);
  // When what is sent now arrives, after what was sent before.
  Nanos next_arrival(Nanos last, NodeId from, NodeId to, std::size_t size_bytes);
  Nanos next_to_client(Connection& connection, std::size_t size_bytes);

  Simulator& simulator_;
  SimProcesses& processes_;
  LatencyConfig latency_;
  Rng rng_;
  ServerSide* server_ = nullptr;
  SimNetwork* network_ = nullptr;
  std::deque<Held> held_;      // in order
  std::deque<Held> released_;  // under way again, in order
  std::vector<Link> silenced_;
  bool silent_ = false;  // forgotten connections are not answered yet
  std::uint64_t reset_generation_ = 0;
  std::int64_t ended_ = 0;
  std::int64_t closed_between_nodes_ = 0,
               closed_slowly_ = 0;  // since heal(); the second counts those with clients, too
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t next_generation_ = 1;
};

}  // namespace assay::sim
