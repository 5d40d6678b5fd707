// Connections between simulated clients and nodes: reliable and ordered both ways, as TCP is, until one side ends
// them. They live outside the cuts of SimNetwork.
//
//  - Connecting takes a round trip; a dead node refuses, a paused one answers after it was resumed.
//  - A killed process breaks its connections: what it had sent arrives, then the client learns of the end. What was
//    under way to it is lost.
//  - The client may close at any time: it hears nothing more; the node gets what was sent, then learns of the end.
//
// Thread safety: none. Ids are never reused. Ownership: a ClientSide must close its connections before it dies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/rng.h"
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

class SimConnections {
 public:
  SimConnections(Simulator& simulator, SimProcesses& processes, const LatencyConfig& latency, const Rng& rng)
      : simulator_(simulator), processes_(processes), latency_(latency), rng_(rng.fork("connections")) {}

  void set_server(ServerSide* server) { server_ = server; }

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
  };
  static constexpr int kSlotBits = 20;

  Connection* find(ConnectionId id);
  void arrive(ConnectionId id);
  void accept(ConnectionId id);
  void end(ConnectionId id, bool never_opened);
  void release(ConnectionId id);
  Nanos next_to_client(Connection& connection);

  Simulator& simulator_;
  SimProcesses& processes_;
  LatencyConfig latency_;
  Rng rng_;
  ServerSide* server_ = nullptr;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t next_generation_ = 1;
};

}  // namespace assay::sim
