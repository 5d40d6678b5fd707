#include "targets/refdb/simulated/sim_target.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <utility>

#include "harness/core/error.h"
#include "targets/refdb/client/client_logic.h"
#include "targets/refdb/protocols/choice.h"
#include "targets/refdb/replica/progress.h"
#include "targets/refdb/simulated/sim_client.h"

namespace assay::refdb {

namespace {

// Bounds a node's log in a run with very many faults.
constexpr std::size_t kLogLinesMax = 10'000;

std::string seconds_text(Nanos time) {
  std::string fraction = std::to_string(time % kSecond / kMicrosecond);
  fraction.insert(0, 6 - fraction.size(), '0');
  return std::to_string(time / kSecond) + "." + fraction;
}

}  // namespace

SimTarget::SimTarget(const ProtocolPlugin& plugin, const SimTargetConfig& config)
    : plugin_(plugin),
      config_(config),
      rng_(Rng(config.seed).fork("refdb simulation")),
      logs_(static_cast<std::size_t>(config.nodes)),
      simulator_(world_.simulator()),
      processes_(simulator_, config.nodes),
      names_of_nodes_(config.nodes),
      network_(simulator_, processes_, config.nodes, config.options.network, rng_.fork("network")),
      connections_(simulator_, processes_, config.options.client_latency, rng_.fork("clients")),
      clocks_(simulator_, config.nodes, config.options.clock, rng_.fork("clocks")),
      disks_(processes_, clocks_, nodes_, [this](NodeId node, const std::string& line) { log(node, line); }),
      administration_(world_, processes_, nodes_, plugin_) {
  ASSAY_ASSERT(config.nodes >= 1);
  processes_.set_host(this);
  network_.set_receiver(this);
  network_.set_names(&names_of_nodes_);
  connections_.set_server(this);
  connections_.set_network(&network_);
  const SimMachines machines{simulator_, processes_, network_, connections_, clocks_};
  for (int node = 0; node < config.nodes; ++node) {
    names_.push_back("n" + std::to_string(node + 1));
    nodes_.push_back(std::make_unique<SimNode>(machines, plugin_, replica_config(node), config.options.disk,
                                               rng_.fork("disks")));
    nodes_.back()->disk().set_listener(this);
  }
}

SimTarget::~SimTarget() { stop(); }

ReplicaConfig SimTarget::replica_config(int node) const {
  ReplicaConfig result;
  result.self = static_cast<PeerId>(node);
  result.cluster_size = static_cast<PeerId>(config_.nodes);
  result.cluster_id = rng_.fork("cluster id").next();
  result.seed = rng_.fork("replica", static_cast<std::uint64_t>(node)).next();
  result.options = config_.mode_options;
  result.heartbeat_interval = config_.options.heartbeat_interval;
  result.election_timeout_min = config_.options.election_timeout_min;
  result.election_timeout_max = config_.options.election_timeout_max;
  result.log_entries_kept = static_cast<std::uint64_t>(config_.options.log_entries_kept);
  result.client_queue_max = static_cast<std::size_t>(config_.options.client_queue_max);
  result.bugs = config_.bugs;
  return result;
}

TargetDescription SimTarget::describe() const {
  TargetDescription description;
  description.target = "refdb";
  description.mode = std::string(plugin_.mode);
  description.version = ASSAY_VERSION;
  description.claimed_consistency = plugin_.claim(config_.mode_options, config_.nodes);
  description.cluster = "sim";
  description.bugs = config_.bugs;
  description.options = config_.mode_options.facts();
  for (Fact& fact : sim_options_facts(config_.options)) description.options.push_back(std::move(fact));
  return description;
}

void SimTarget::start() {
  for (std::size_t node = 0; node < nodes_.size(); ++node) processes_.start(static_cast<NodeId>(node));
  const Nanos limit = simulator_.now() + config_.options.start_limit;
  while (!serves()) {
    if (simulator_.now() >= limit) {
      throw HarnessError("the simulated cluster of " + std::to_string(nodes_.size()) +
                         " nodes had no leader " + seconds_text(config_.options.start_limit) +
                         " virtual seconds after its start");
    }
    world_.run_for(10 * kMillisecond);
  }
  const Nanos origin = simulator_.now();
  if (trace_count_max_ > 0)
    network_.trace(origin + trace_begin_, origin + trace_end_, origin, trace_count_max_);
}

bool SimTarget::serves() const {
  bool all_plain = true;
  for (const auto& node : nodes_) {
    const std::optional<ReplicaStatus> status = node->status();
    if (status.has_value() && status->role == "leader") return true;
    all_plain = all_plain && status.has_value() && status->role == "replica";
  }
  return all_plain;
}

void SimTarget::stop() {
  for (std::size_t node = 0; node < nodes_.size(); ++node) processes_.kill(static_cast<NodeId>(node));
}

void SimTarget::collect_logs(const std::string& directory) {
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const std::filesystem::path folder = std::filesystem::path(directory) / names_[node];
    std::error_code trouble;
    std::filesystem::create_directories(folder, trouble);
    std::ofstream file(folder / "node.log");
    for (const std::string& line : logs_[node]) file << line << '\n';
    if (const std::optional<ReplicaStatus> status = nodes_[node]->status(); status.has_value()) {
      file << seconds_text(simulator_.now()) << " " << status->role << " of term " << status->term
           << ", commit " << status->commit_index << ", applied " << status->applied_index << ", last "
           << status->last_index << '\n';
      for (const auto& [name, count] : status->counters) file << "  " << name << " " << count << '\n';
    }
    file.flush();
    if (!file) throw HarnessError("cannot write the log of " + names_[node] + " to " + folder.string());
  }
}

std::unique_ptr<Client> SimTarget::connect(NodeId node, ProcessId process) {
  ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < nodes_.size());
  ++clients_made_;
  ClientConfig client;
  client.client_id = clients_made_;
  client.cluster_size = static_cast<PeerId>(nodes_.size());
  client.first_node = static_cast<PeerId>(node);
  client.options = config_.mode_options;
  client.bugs = config_.bugs;
  client.seed =
      rng_.fork("client", clients_made_).fork("process", static_cast<std::uint64_t>(process)).next();
  return std::make_unique<SimClient>(world_, connections_, plugin_.make_client(client), nodes_.size());
}

std::optional<NodeId> SimTarget::leader() {
  std::optional<NodeId> found;
  std::uint64_t highest_term = 0;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const std::optional<ReplicaStatus> status = nodes_[node]->status();
    if (!status.has_value() || status->role != "leader") continue;
    if (found.has_value() && status->term <= highest_term) continue;
    found = static_cast<NodeId>(node);
    highest_term = status->term;
  }
  return found;
}

std::vector<NodeId> SimTarget::nodes_in_role(const std::string& role) {
  std::vector<NodeId> nodes;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const std::optional<ReplicaStatus> status = nodes_[node]->status();
    if (status.has_value() && status->role == role) nodes.push_back(static_cast<NodeId>(node));
  }
  return nodes;
}

std::optional<std::int64_t> SimTarget::log_lines_with(const std::string& text) {
  std::int64_t count = 0;
  for (const std::vector<std::string>& lines : logs_) {
    count += std::count_if(lines.begin(), lines.end(),
                           [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }
  return count;
}

void SimTarget::observe(Nanos at) {
  std::vector<std::optional<NodeProgress>> nodes;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    // One that is paused could not answer.
    const bool runs = processes_.state(static_cast<NodeId>(node)) == Processes::State::running;
    std::optional<ReplicaStatus> status = runs ? nodes_[node]->status() : std::nullopt;
    nodes.emplace_back();
    if (!status) continue;
    nodes.back() =
        NodeProgress{static_cast<std::int64_t>(status->applied_index), std::move(status->counters)};
  }
  observed_.add(progress_of(at, nodes));
}

std::vector<std::vector<NodeId>> SimTarget::datacenters() const {
  return datacenters_of(config_.mode_options, config_.nodes);
}

Facts SimTarget::counters() {
  CounterSum sum;
  for (const auto& node : nodes_) {
    for (const Fact& counter : node->counters().facts()) sum.add(counter.name, counter.value.as_integer());
  }
  sum.add("messages_sent", network_.counters().sent);
  sum.add("messages_delivered", network_.counters().delivered);
  return sum.facts();
}

void SimTarget::process_started(NodeId node) {
  log(node, "started, incarnation " + std::to_string(processes_.incarnation(node)));
  if (const std::string reason = node_at(node).boot(); !reason.empty()) end_itself(node, reason);
}

void SimTarget::end_itself(NodeId node, const std::string& reason) {
  log(node, "ends: " + reason);
  const std::int64_t incarnation = processes_.incarnation(node);
  simulator_.at(simulator_.now(), [this, node, incarnation] {
    if (processes_.incarnation(node) == incarnation) processes_.kill(node);
  });
}

void SimTarget::process_ending(NodeId node) {
  log(node, "asked to end");
  node_at(node).disk().finish();
}

void SimTarget::process_ended(NodeId node) {
  log(node, "killed");
  node_at(node).end();
  connections_.node_down(node);
  names_of_nodes_.lost_at(node);
}

void SimTarget::datagram(NodeId to, NodeId from, std::string payload) {
  node_at(to).datagram(static_cast<PeerId>(from), payload);
}

void SimTarget::request_data(NodeId node, sim::ConnectionId connection, std::string payload) {
  node_at(node).request(connection, payload);
}

void SimTarget::connection_gone(NodeId node, sim::ConnectionId connection) {
  node_at(node).connection_gone(connection);
}

void SimTarget::batch_persisted(NodeId node, std::uint64_t batch) { node_at(node).persisted(batch); }

void SimTarget::log(NodeId node, const std::string& line) {
  std::vector<std::string>& lines = logs_[static_cast<std::size_t>(node)];
  if (lines.size() < kLogLinesMax) lines.push_back(seconds_text(simulator_.now()) + " " + line);
}

}  // namespace assay::refdb
