#include "targets/refdb/multi_leader/testing/mini_cluster.h"

#include "harness/core/assert.h"

namespace assay::refdb::multi_leader::testing {

namespace {
constexpr std::int64_t kMillisecond = 1'000'000;
}

MiniCluster::MiniCluster(PeerId nodes, const Facts& options, std::uint64_t seed, NetworkOptions network,
                         std::vector<std::string> bugs)
    : options_(option_specs(), options),
      network_(network),
      bugs_(std::move(bugs)),
      rng_(seed),
      nodes_(nodes) {
  for (PeerId node = 0; node < nodes; ++node) start(node);
}

void MiniCluster::start(PeerId id) {
  Node& node = nodes_[id];
  ReplicaConfig config;
  config.self = id;
  config.cluster_size = static_cast<PeerId>(nodes_.size());
  config.cluster_id = cluster_id();
  config.options = options_;
  config.log_entries_kept = 30;
  config.bugs = bugs_;
  node.replica = std::make_unique<MultiLeaderReplica>(config, node.stored, time_of(node));
  carry_out(id);
}

// Of what was being written, a part of the oldest survives.
void MiniCluster::crash(PeerId id) {
  Node& node = nodes_[id];
  node.replica.reset();
  for (std::size_t kept = rng_.below(node.writing.size() + 1); kept > 0; --kept) {
    node.stored.apply(node.writing.front().second);
    node.writing.pop_front();
  }
  node.writing.clear();
}

void MiniCluster::isolate(PeerId node) {
  for (PeerId other = 0; other < nodes_.size(); ++other) {
    if (other != node) cut(node, other);
  }
}

void MiniCluster::inject(PeerId from, PeerId to, const std::string& payload) {
  nodes_[to].replica->receive(from, payload, time_of(nodes_[to]));
  carry_out(to);
}

std::optional<std::uint64_t> MiniCluster::ask(PeerId node, const Request& request) {
  if (!up(node)) return std::nullopt;
  const std::uint64_t id = next_request_++;
  nodes_[node].replica->client_request(id, wire::encode_request({id, 1, 1, request, {}}),
                                       time_of(nodes_[node]));
  carry_out(node);
  return id;
}

wire::ClientAnswer MiniCluster::call(PeerId node, const Request& request) {
  const std::optional<std::uint64_t> id = ask(node, request);
  ASSAY_ASSERT(id.has_value());
  for (int i = 0; i < 1'000 && !answers_.contains(*id); ++i) step();
  ASSAY_ASSERT(answers_.contains(*id));
  return answers_[*id];
}

void MiniCluster::carry_out(PeerId id) {
  Node& node = nodes_[id];
  Effects effects = node.replica->take_effects();
  for (PeerMessage& message : effects.messages) post(id, std::move(message));
  for (const ClientReply& reply : effects.replies) {
    if (const auto answer = wire::decode_answer(reply.payload)) answers_[reply.connection] = *answer;
  }
  if (!effects.has_writes()) return;
  const std::int64_t done =
      now_ + static_cast<std::int64_t>(rng_.below(network_.disk_max_ms + 1)) * kMillisecond;
  node.writing.emplace_back(std::max(done, node.writing.empty() ? done : node.writing.back().first),
                            std::move(effects));
}

void MiniCluster::post(PeerId from, PeerMessage message) {
  if (rng_.chance(network_.loss_percent, 100)) return;
  const int copies = rng_.chance(network_.double_percent, 100) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    const std::int64_t delay = rng_.between(0, network_.delay_max_ms * kMillisecond);
    packets_.emplace(now_ + delay, Packet{from, message.to, message.payload});
  }
}

void MiniCluster::step() {
  now_ += kMillisecond;
  while (!packets_.empty() && packets_.begin()->first <= now_) {
    const Packet packet = std::move(packets_.begin()->second);
    packets_.erase(packets_.begin());
    const bool cut = cut_.contains({std::min(packet.from, packet.to), std::max(packet.from, packet.to)});
    if (!cut && up(packet.to)) inject(packet.from, packet.to, packet.payload);
  }
  for (PeerId id = 0; id < nodes_.size(); ++id) {
    Node& node = nodes_[id];
    while (up(id) && !node.writing.empty() && node.writing.front().first <= now_) {
      const Effects effects = std::move(node.writing.front().second);
      node.writing.pop_front();
      node.stored.apply(effects);
      node.replica->persisted(effects.batch, time_of(node));
      carry_out(id);
    }
    if (up(id) && node.replica->next_deadline() <= now_) {
      node.replica->tick(time_of(node));
      carry_out(id);
    }
  }
}

void MiniCluster::run(std::int64_t milliseconds) {
  for (std::int64_t i = 0; i < milliseconds; ++i) step();
}

bool MiniCluster::settle(std::int64_t milliseconds) {
  for (std::int64_t i = 0; i < milliseconds; ++i) {
    step();
    const VersionVector* first = nullptr;
    bool equal = true;
    for (const Node& node : nodes_) {
      if (node.replica == nullptr) continue;
      if (first == nullptr) first = &node.replica->applied();
      equal = equal && *first == node.replica->applied();
    }
    if (equal) return true;
  }
  return false;
}

std::int64_t MiniCluster::counter(PeerId node, std::string_view name) const {
  for (const auto& [key, count] : nodes_[node].replica->status().counters) {
    if (key == name) return count;
  }
  ASSAY_ASSERT(false);
  return 0;
}

std::int64_t MiniCluster::sum(std::string_view name) const {
  std::int64_t total = 0;
  for (PeerId node = 0; node < nodes_.size(); ++node) total += up(node) ? counter(node, name) : 0;
  return total;
}

}  // namespace assay::refdb::multi_leader::testing
