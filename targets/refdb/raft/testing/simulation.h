// A cluster of Raft replicas with real client cores in one process on virtual time: a network that delays,
// drops, duplicates and reorders, disks that lose what was not synced, clocks that drift and jump, nodes that
// crash and pause. After every step it checks the invariants of Raft's figure 3 (unless a seeded bug is on).
//
// Thread safety: none. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "harness/core/time.h"
#include "targets/refdb/client/client_core.h"
#include "targets/refdb/raft/raft_replica.h"
#include "targets/refdb/raft/testing/linearizability.h"
#include "targets/refdb/replica/testing/map_storage.h"

namespace assay::refdb::raft::testing {

struct SimulationOptions {
  std::uint64_t seed = 1;
  PeerId nodes = 5;
  int clients = 8;
  int keys = 5;
  Nanos think_time = 10 * kMillisecond;
  Nanos operation_timeout = 2 * kSecond;
  Nanos delay_min = 200 * kMicrosecond;
  Nanos delay_max = 3 * kMillisecond;
  Nanos sync_time = 2 * kMillisecond;
  int drop_per_mille = 0;
  int duplicate_per_mille = 0;
  std::int64_t drift_ppm = 0;  // each clock runs off by up to this
  bool check_invariants = true;
  std::string reads = "read-index";
  std::uint64_t log_entries_kept = 5'000;
  std::vector<std::string> bugs;
};

class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);

  void run_until(Nanos time);
  void run_for(Nanos duration) { run_until(now_ + duration); }
  Nanos now() const { return now_; }

  // Faults.
  void kill(PeerId node);       // what was written stays, synced or not
  void cut_power(PeerId node);  // a prefix of what was not synced stays
  void restart(PeerId node);    // if it is down
  void pause(PeerId node);
  void resume(PeerId node);
  void jump_wall_clock(PeerId node, Nanos by);
  void block(PeerId from, PeerId to, bool blocked) { blocked_[from][to] = blocked; }
  void isolate(PeerId node);  // from its peers, not from clients
  void heal_network();
  // To the node that leads; why it was not taken.
  std::string order(const Order& order);
  // From its next start on.
  void set_format_level(PeerId node, int level) { nodes_[node].format_level = level; }

  void stop_clients() { clients_stopped_ = true; }
  bool is_up(PeerId node) const { return nodes_[node].replica != nullptr; }
  const RaftReplica& replica(PeerId node) const { return *nodes_[node].replica; }
  // The one of the latest term.
  std::optional<PeerId> leader() const;
  const std::vector<RecordedOperation>& history() const { return history_; }
  std::size_t count(Outcome outcome) const;
  Rng& rng() { return rng_; }
  const std::string& broken_invariant() const { return broken_invariant_; }
  const SimulationOptions& options() const { return options_; }

 private:
  struct Event {
    Nanos time = 0;
    std::uint64_t sequence = 0;
    std::function<void()> run;
    friend bool operator<(const Event& a, const Event& b) {
      return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
    }
  };
  struct Node {
    std::unique_ptr<RaftReplica> replica;
    std::uint64_t life = 0;  // counts starts and crashes: events of an earlier life are dropped
    bool paused = false;
    int format_level = 1;
    std::vector<std::function<void()>> while_paused;
    bool pump_planned = false;
    std::uint64_t timer = 0;
    MapStorage synced;
    std::deque<Effects> unsynced;  // in the order they were taken
    std::deque<std::pair<std::uint64_t, bool>> to_persist;
    bool syncing = false;
    std::int64_t drift_ppm = 0;
    Nanos wall_offset = 0;
    Index checked_commit = 0;
  };
  struct ClientProcess {
    std::unique_ptr<ClientCore> core;
    std::vector<std::uint64_t> links;  // per node: id of the connection, 0 none
    std::size_t recorded = 0;
    bool busy = false;
    std::uint64_t timer = 0;
    Value last_seen;
  };

  void at(Nanos time, std::function<void()> run);
  // To a node's current life; waits while it is paused.
  void deliver(PeerId node, std::uint64_t life, std::function<void(RaftReplica&, LocalTime)> input);
  LocalTime local_time(PeerId node) const;
  void start(PeerId node);
  void stop(PeerId node);
  void plan_pump(PeerId node);
  void pump(PeerId node);
  void plan_tick(PeerId node);
  void persist(PeerId node);
  void send_peer(PeerId from, PeerMessage message);

  void start_client(std::size_t client);
  void invoke_next(std::size_t client);
  void carry_out(std::size_t client);
  void connect(std::size_t client, PeerId node);
  void send_request(std::size_t client, PeerId node, std::string payload);
  void send_reply(PeerId from, ClientReply reply);
  void plan_client_tick(std::size_t client);

  void check_node(PeerId node);
  void break_invariant(const std::string& what);

  SimulationOptions options_;
  Rng rng_;
  Nanos now_ = 0;
  std::uint64_t sequence_ = 0;
  std::priority_queue<Event> events_;
  std::vector<Node> nodes_;
  std::vector<std::vector<bool>> blocked_;
  std::vector<ClientProcess> clients_;
  std::map<std::uint64_t, std::pair<std::size_t, PeerId>> connections_;  // open ones
  std::uint64_t next_connection_ = 1;
  std::uint64_t next_client_id_ = 1;
  std::int64_t next_value_ = 1;
  bool clients_stopped_ = false;
  std::vector<RecordedOperation> history_;
  std::map<Term, PeerId> leaders_;
  std::vector<Term> committed_;  // by index
  std::string broken_invariant_;
};

}  // namespace assay::refdb::raft::testing
