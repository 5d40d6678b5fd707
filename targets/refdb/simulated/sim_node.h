// One simulated node of refdb: the driver of its Replica. It keeps the duties listed in replica.h: one input at a
// time, effects taken after each, batches applied and reported in order, messages and replies sent at once, ticks
// in time by the node's own clock, and a new Replica from the disk after every crash.
//
// Thread safety: none. Ownership: the machines (network, disks ...) outlive the node.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/sim/sim_clock.h"
#include "harness/sim/sim_connections.h"
#include "harness/sim/sim_disk.h"
#include "harness/sim/sim_network.h"
#include "harness/sim/sim_processes.h"
#include "targets/refdb/replica/counters.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

// What a node runs on.
struct SimMachines {
  sim::Simulator& simulator;
  sim::SimProcesses& processes;
  sim::SimNetwork& network;
  sim::SimConnections& connections;
  sim::SimClocks& clocks;
};

class SimNode {
 public:
  // `config.seed` is the base for the seed of each incarnation.
  SimNode(const SimMachines& machines, const ProtocolPlugin& plugin, const ReplicaConfig& config,
          const sim::DiskConfig& disk, const Rng& rng);

  // The process starts: a Replica is made from the disk. Why that can't be used; empty when it can: then there is a Replica.
  std::string boot();
  // The process was killed.
  void end();

  // Inputs. Requires: the process runs; without a Replica, because it is about to end, they are ignored.
  void datagram(PeerId from, const std::string& payload);
  void request(ConnectionId connection, const std::string& payload);
  void connection_gone(ConnectionId connection);
  void persisted(std::uint64_t batch);
  // As Replica::order(). Requires: alive().
  std::string order(const Order& order);

  // From the next start on.
  void set_format_level(int level) { config_.format_level = level; }
  // Of the process that runs, or ran last.
  int format_level() const { return format_level_; }

  bool alive() const { return replica_ != nullptr; }
  // Nothing when the process is dead.
  std::optional<ReplicaStatus> status() const;
  // What all incarnations counted together.
  CounterSum counters() const;
  sim::SimDisk& disk() { return disk_; }

 private:
  NodeId id() const { return static_cast<NodeId>(config_.self); }
  LocalTime local_time() const { return {machines_.clocks.monotonic(id()), machines_.clocks.wall(id())}; }
  void carry_out_effects();
  void submit(Effects& effects);
  void arm_timer();
  void on_timer();

  SimMachines machines_;
  const ProtocolPlugin& plugin_;
  ReplicaConfig config_;
  sim::SimDisk disk_;
  std::unique_ptr<Replica> replica_;
  int format_level_ = 1;
  CounterSum ended_;  // what earlier incarnations counted
  std::uint64_t last_batch_ = 0;
  bool any_batch_ = false;
  std::deque<std::uint64_t> unpersisted_;  // batches under way, in order
  // The timer may fire before the deadline, when that moved on: it is then set again, which is cheaper than moving
  // it with every message.
  sim::Simulator::Timer timer_;
  std::int64_t armed_for_ = kNever;  // on the node's monotonic clock; kNever: not armed
  Nanos last_tick_ = -1;
  int ticks_at_once_ = 0;
};

}  // namespace assay::refdb
