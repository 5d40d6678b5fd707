#include "harness/sim/sim_network.h"

#include <algorithm>
#include <utility>

namespace assay::sim {

namespace {

std::string end_name(NodeId node) { return node == kClients ? "clients" : std::to_string(node); }

}  // namespace

SimNetwork::SimNetwork(Simulator& simulator, SimProcesses& processes, int node_count,
                       const NetworkConfig& config, const Rng& rng)
    : simulator_(simulator),
      processes_(processes),
      node_count_(static_cast<NodeId>(node_count)),
      config_(config),
      rng_(rng.fork("packets")) {
  const auto ends = static_cast<std::size_t>(node_count) + 1;
  const std::size_t links = ends * ends;
  cut_.assign(links, 0);
  epochs_.assign(links, 0);
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

Nanos SimNetwork::arrival(std::size_t link, Nanos leaves, bool reordered) {
  const Nanos time = leaves + config_.latency.draw(rng_);
  if (rng_.chance(static_cast<std::uint64_t>(config_.reorder_ppm), kMillion)) {
    ++counters_.reordered;
    return time + rng_.between(0, config_.reorder_delay_max);
  }
  if (reordered) return time;
  last_arrival_[link] = std::max(last_arrival_[link], time);
  return last_arrival_[link];
}

int SimNetwork::passages(std::size_t link, std::size_t size_bytes, Nanos (&arrives)[kCopiesMax]) {
  const int count = copies(link);
  if (!shapers_.empty() && shapers_[link] != nullptr)
    return shaped_passages(link, count, size_bytes, arrives);
  for (int copy = 0; copy < count; ++copy) arrives[copy] = arrival(link, simulator_.now(), false);
  return count;
}

bool SimNetwork::blocked_on_arrival(std::size_t link, std::uint32_t epoch) {
  if (cut_[link] == 0 && epochs_[link] == epoch) return false;
  ++counters_.cut;
  return true;
}

void SimNetwork::send(NodeId from, NodeId to, std::string payload) {
  simulator_.note(payload);
  if (names_ != nullptr && !names_->connects(from, to)) {
    ++counters_.unconnected;
    if (tracing()) record(from, to, kNever, payload.size());
    return;
  }
  Nanos arrives[kCopiesMax];
  const int count = passages(index(from, to), payload.size(), arrives);
  if (count == 0 && tracing()) record(from, to, kNever, payload.size());
  for (int copy = 0; copy + 1 < count; ++copy) transmit(from, to, payload, arrives[copy]);
  if (count >= 1) transmit(from, to, std::move(payload), arrives[count - 1]);
}

void SimNetwork::transmit(NodeId from, NodeId to, std::string payload, Nanos arrives) {
  if (tracing()) record(from, to, arrives, payload.size());
  const std::uint32_t epoch = epochs_[index(from, to)];
  simulator_.at(arrives, [this, from, to, epoch, message = std::move(payload)]() mutable {
    if (blocked_on_arrival(index(from, to), epoch)) return record_loss(from, to);
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

void SimNetwork::set_cut(std::size_t link, unsigned char reason, bool cut) {
  cut_[link] = static_cast<unsigned char>(cut ? cut_[link] | reason : cut_[link] & ~reason);
}

void SimNetwork::cut(std::span<const Link> links) {
  for (const Link& link : links) set_cut(index(link.from, link.to), kByHand, true);
  cuts_changed();
}

void SimNetwork::set_silent(const Link& link, bool silent) {
  set_cut(index(link.from, link.to), kSilent, silent);
}

void SimNetwork::play(std::span<const TimedCut> script, Nanos period) {
  for (std::size_t link = 0; link < cut_.size(); ++link) set_cut(link, kByScript, false);
  played_ = 0;
  ++script_generation_;
  for (const TimedCut& timed : script) {
    ASSAY_ASSERT(timed.begin < timed.end && timed.end < period);
    turn(timed, simulator_.now(), period, script_generation_);
  }
  cuts_changed();
}

// One round of one cut of the script, and then the next.
void SimNetwork::turn(TimedCut timed, Nanos begin, Nanos period, std::uint64_t generation) {
  const auto change = [this, timed, generation](bool cut) {
    if (generation != script_generation_) return;
    set_cut(index(timed.link.from, timed.link.to), kByScript, cut);
    ++played_;
    cuts_changed();
  };
  if (timed.begin == 0) {
    change(true);
  } else {
    simulator_.at(begin + timed.begin, [change] { change(true); });
  }
  simulator_.at(begin + timed.end, [change] { change(false); });
  simulator_.at(begin + period, [this, timed, begin, period, generation] {
    if (generation == script_generation_) turn(timed, begin + period, period, generation);
  });
}

void SimNetwork::heal() {
  ++script_generation_;
  for (std::size_t link = 0; link < cut_.size(); ++link) set_cut(link, kByHand | kByScript, false);
  cuts_changed();
}

void SimNetwork::transmit_probe(NodeId from, NodeId to, std::size_t slot) {
  const std::size_t link = index(from, to);
  Nanos arrives[kCopiesMax];
  const int count = passages(link, 0, arrives);
  for (int copy = 0; copy < count; ++copy) {
    simulator_.at(arrives[copy], [this, link, slot, epoch = epochs_[link], generation = probe_generation_] {
      if (blocked_on_arrival(link, epoch)) return;
      ++counters_.delivered;
      if (generation == probe_generation_) ++probes_arrived_[slot];
    });
  }
}

Evidence SimNetwork::probe(std::span<const Link> links, bool expect_open) {
  ++probe_generation_;
  probes_arrived_.assign(links.size(), 0);
  const int probes = shapers_.empty() ? kProbes : kProbesOfBadLinks;
  for (std::size_t slot = 0; slot < links.size(); ++slot) {
    for (int i = 0; i < probes; ++i) transmit_probe(links[slot].from, links[slot].to, slot);
  }
  simulator_.run_until(simulator_.now() + longest_passage() + kMillisecond);

  Evidence evidence;
  std::int64_t open = 0;
  std::int64_t arrived = 0;
  std::vector<Value> unexpected;
  for (std::size_t slot = 0; slot < links.size(); ++slot) {
    arrived += probes_arrived_[slot];
    const bool is_open = probes_arrived_[slot] > 0;
    open += is_open ? 1 : 0;
    if (is_open != expect_open) {
      unexpected.push_back(Value::text(end_name(links[slot].from) + ">" + end_name(links[slot].to)));
    }
  }
  evidence.proved = unexpected.empty();
  const auto count = static_cast<std::int64_t>(links.size());
  evidence.facts = {{"links probed", Value(count)},
                    {"probes sent", Value(count * probes)},
                    {"probes arrived", Value(arrived)},
                    {"links open", Value(open)}};
  if (!unexpected.empty()) evidence.facts.push_back({"not as expected", Value::list(std::move(unexpected))});
  return evidence;
}

}  // namespace assay::sim
