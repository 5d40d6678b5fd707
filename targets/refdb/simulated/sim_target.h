// refdb in the simulated world: n nodes that run a protocol on simulated machines, the clients that talk to them,
// and the handles by which faults reach them. Everything follows from the seed: two targets of the same
// configuration that are used in the same way go through the same events.
//
// Thread safety: none: one thread uses the target, its world and its clients. The clients must be destroyed before
// the target. start() and Network::probe() let virtual time pass; the other handles act at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/message_trace.h"
#include "harness/core/target.h"
#include "harness/sim/sim_world.h"
#include "targets/refdb/simulated/sim_administration.h"
#include "targets/refdb/simulated/sim_disks.h"
#include "targets/refdb/simulated/sim_node.h"
#include "targets/refdb/simulated/sim_options.h"

namespace assay::refdb {

struct SimTargetConfig {
  int nodes = 5;
  std::uint64_t seed = 1;
  std::vector<std::string> bugs;
  Options mode_options;  // of the mode: make_options()
  SimOptions options;    // of the simulated machines
};

class SimTarget final : public Target,
                        public MessageTracing,
                        private sim::ProcessHost,
                        private sim::DatagramReceiver,
                        private sim::ServerSide,
                        private sim::DiskListener {
 public:
  // Requires: nodes >= 1; the plugin accepts bugs and mode_options.
  SimTarget(const ProtocolPlugin& plugin, const SimTargetConfig& config);
  ~SimTarget() override;

  sim::SimWorld& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return names_; }
  TargetDescription describe() const override;

  // Starts every node and lets time pass until the cluster serves: some node leads, or all are plain replicas.
  // Throws HarnessError when that takes longer than options.start_limit of virtual time.
  void start() override;
  void stop() override;
  void collect_logs(const std::string& directory) override;

  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override;
  // The leader of the highest term among the nodes whose process is alive.
  std::optional<NodeId> leader() override;
  std::vector<NodeId> nodes_in_role(const std::string& role) override;

  // Of every incarnation of every node, and how many messages the network carried between them.
  Facts counters() override;

  std::optional<std::int64_t> log_lines_with(const std::string& text) override;
  void observe(Nanos at) override;
  std::vector<ReplicationSample> replication() override { return observed_.samples(); }

  MessageTracing* messages() override { return this; }
  void trace_messages(Nanos begin, Nanos end, std::size_t count_max) override {
    trace_begin_ = begin;
    trace_end_ = end;
    trace_count_max_ = count_max;
  }
  const std::vector<TracedMessage>& traced_messages() const override { return network_.traced(); }

  std::vector<std::vector<NodeId>> datacenters() const override;
  Network* network() override { return &network_; }
  Packets* packets() override { return &network_; }
  Connections* connections() override { return &connections_; }
  Names* names() override { return &names_of_nodes_; }
  Processes* processes() override { return &processes_; }
  Clocks* clocks() override { return &clocks_; }
  Disks* disks() override { return &disks_; }
  Administration* administration() override { return &administration_; }

  // What the replica of a node is configured with, but for the seed of its incarnation.
  ReplicaConfig replica_config(int node) const;

  // Nothing when the process is dead.
  std::optional<ReplicaStatus> status(NodeId node) const { return node_at(node).status(); }
  // What two runs of one seed must share.
  std::uint64_t event_digest() const { return simulator_.digest(); }
  std::uint64_t events_run() const { return simulator_.events_run(); }
  const sim::NetworkCounters& network_counters() const { return network_.counters(); }
  const sim::DiskCounters& disk_counters(NodeId node) { return node_at(node).disk().counters(); }

 private:
  void process_started(NodeId node) override;
  void process_ended(NodeId node) override;
  void process_ending(NodeId node) override;
  void datagram(NodeId to, NodeId from, std::string payload) override;
  void request_data(NodeId node, sim::ConnectionId connection, std::string payload) override;
  void connection_gone(NodeId node, sim::ConnectionId connection) override;
  void batch_persisted(NodeId node, std::uint64_t batch) override;
  void disk_failed(NodeId node, const std::string& reason) override { end_itself(node, reason); }

  SimNode& node_at(NodeId node) const {
    ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < nodes_.size());
    return *nodes_[static_cast<std::size_t>(node)];
  }
  // The process ends a moment later.
  void end_itself(NodeId node, const std::string& reason);
  bool serves() const;
  void log(NodeId node, const std::string& line);

  Nanos trace_begin_ = 0, trace_end_ = 0;
  std::size_t trace_count_max_ = 0;  // 0: no message is recorded
  const ProtocolPlugin& plugin_;
  SimTargetConfig config_;
  Rng rng_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> logs_;
  sim::SimWorld world_;
  sim::Simulator& simulator_;
  sim::SimProcesses processes_;
  sim::SimNames names_of_nodes_;
  sim::SimNetwork network_;
  sim::SimConnections connections_;
  sim::SimClocks clocks_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  SimDisks disks_;
  SimAdministration administration_;
  std::uint64_t clients_made_ = 0;
  Observations<ReplicationSample> observed_;
};

}  // namespace assay::refdb
