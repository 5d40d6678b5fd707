#include "harness/sim/sim_network.h"

#include <algorithm>
#include <utility>

namespace assay::sim {

SimNetwork::SimNetwork(Simulator& simulator, SimProcesses& processes, int node_count,
                       const NetworkConfig& config, const Rng& rng)
    : simulator_(simulator),
      processes_(processes),
      node_count_(static_cast<NodeId>(node_count)),
      config_(config),
      rng_(rng.fork("packets")) {
  const auto links = static_cast<std::size_t>(node_count) * static_cast<std::size_t>(node_count);
  cut_.assign(links, 0);
  last_arrival_.assign(links, 0);
}

int SimNetwork::copies(std::size_t link) {
  ++counters_.sent;
  if (cut_[link] != 0) {
    ++counters_.cut;
    return 0;
  }
  if (rng_.chance(static_cast<std::uint64_t>(config_.loss_ppm), kMillion)) {
    ++counters_.lost;
    return 0;
  }
  if (rng_.chance(static_cast<std::uint64_t>(config_.duplicate_ppm), kMillion)) {
    ++counters_.duplicated;
    return 2;
  }
  return 1;
}

Nanos SimNetwork::arrival(std::size_t link) {
  const Nanos time = simulator_.now() + config_.latency.draw(rng_);
  if (rng_.chance(static_cast<std::uint64_t>(config_.reorder_ppm), kMillion)) {
    ++counters_.reordered;
    return time + rng_.between(0, config_.reorder_delay_max);
  }
  last_arrival_[link] = std::max(last_arrival_[link], time);
  return last_arrival_[link];
}

bool SimNetwork::blocked_on_arrival(std::size_t link) {
  if (cut_[link] == 0) return false;
  ++counters_.cut;
  return true;
}

void SimNetwork::send(NodeId from, NodeId to, std::string payload) {
  const std::size_t link = index(from, to);
  simulator_.note(payload);
  const int count = copies(link);
  if (count == 0 && tracing()) record(from, to, kNever, payload.size());
  if (count == 2) transmit(from, to, payload);
  if (count >= 1) transmit(from, to, std::move(payload));
}

void SimNetwork::transmit(NodeId from, NodeId to, std::string payload) {
  const Nanos arrives = arrival(index(from, to));
  if (tracing()) record(from, to, arrives, payload.size());
  simulator_.at(arrives, [this, from, to, message = std::move(payload)]() mutable {
    if (blocked_on_arrival(index(from, to))) return record_loss(from, to);
    auto hand_over = [this, from, to, held = std::move(message)]() mutable {
      receiver_->datagram(to, from, std::move(held));
    };
    const bool accepted = receiver_ != nullptr && processes_.deliver(to, 0, std::move(hand_over), true);
    ++(accepted ? counters_.delivered : counters_.undeliverable);
  });
}

void SimNetwork::trace(Nanos begin, Nanos end, Nanos origin, std::size_t count_max) {
  trace_begin_ = begin;
  trace_end_ = end;
  trace_origin_ = origin;
  traced_max_ = count_max;
}

void SimNetwork::record(NodeId from, NodeId to, Nanos arrives, std::size_t size_bytes) {
  if (traced_.size() == traced_max_) return;
  traced_.push_back({simulator_.now() - trace_origin_, arrives == kNever ? kNever : arrives - trace_origin_,
                     from, to, static_cast<std::uint32_t>(size_bytes)});
}

// What should arrive now was cut on its way.
void SimNetwork::record_loss(NodeId from, NodeId to) {
  const Nanos now = simulator_.now() - trace_origin_;
  for (auto message = traced_.rbegin(); message != traced_.rend(); ++message) {
    if (message->from != from || message->to != to || message->arrived != now) continue;
    message->arrived = kNever;
    return;
  }
}

void SimNetwork::cut(std::span<const Link> links) {
  for (const Link& link : links) cut_[index(link.from, link.to)] = 1;
}

void SimNetwork::heal() { std::fill(cut_.begin(), cut_.end(), 0); }

void SimNetwork::transmit_probe(NodeId from, NodeId to, std::size_t slot) {
  const std::size_t link = index(from, to);
  for (int copy = copies(link); copy > 0; --copy) {
    simulator_.at(arrival(link), [this, link, slot, generation = probe_generation_] {
      if (blocked_on_arrival(link)) return;
      ++counters_.delivered;
      if (generation == probe_generation_) ++probes_arrived_[slot];
    });
  }
}

Evidence SimNetwork::probe(std::span<const Link> links, bool expect_open) {
  ++probe_generation_;
  probes_arrived_.assign(links.size(), 0);
  for (std::size_t slot = 0; slot < links.size(); ++slot) {
    for (int i = 0; i < kProbes; ++i) transmit_probe(links[slot].from, links[slot].to, slot);
  }
  // The tail of an exponential distribution is longer than 40 means once in 10^17 draws.
  const Nanos longest = config_.latency.base + 40 * config_.latency.tail_mean + config_.reorder_delay_max;
  simulator_.run_until(simulator_.now() + longest + kMillisecond);

  Evidence evidence;
  std::int64_t open = 0;
  std::int64_t arrived = 0;
  std::vector<Value> unexpected;
  for (std::size_t slot = 0; slot < links.size(); ++slot) {
    arrived += probes_arrived_[slot];
    const bool is_open = probes_arrived_[slot] > 0;
    open += is_open ? 1 : 0;
    if (is_open != expect_open) {
      unexpected.push_back(
          Value::text(std::to_string(links[slot].from) + ">" + std::to_string(links[slot].to)));
    }
  }
  evidence.proved = unexpected.empty();
  const auto count = static_cast<std::int64_t>(links.size());
  evidence.facts = {{"links probed", Value(count)},
                    {"probes sent", Value(count * kProbes)},
                    {"probes arrived", Value(arrived)},
                    {"links open", Value(open)}};
  if (!unexpected.empty()) evidence.facts.push_back({"not as expected", Value::list(std::move(unexpected))});
  return evidence;
}

}  // namespace assay::sim
