#include "targets/refdb/raft/testing/simulation.h"
#include "targets/refdb/raft/settings.h"

#include <algorithm>
#include <utility>

namespace assay::refdb::raft::testing {

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      rng_(options.seed),
      nodes_(options.nodes),
      blocked_(options.nodes, std::vector<bool>(options.nodes, false)),
      clients_(static_cast<std::size_t>(options.clients)),
      committed_(1) {
  for (PeerId node = 0; node < options_.nodes; ++node) {
    nodes_[node].drift_ppm = rng_.between(-options_.drift_ppm, options_.drift_ppm);
    start(node);
  }
  for (std::size_t client = 0; client < clients_.size(); ++client) start_client(client);
}

void Simulation::at(Nanos time, std::function<void()> run) {
  events_.push({std::max(time, now_), ++sequence_, std::move(run)});
}

void Simulation::run_until(Nanos time) {
  while (!events_.empty() && events_.top().time <= time && broken_invariant_.empty()) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    event.run();
  }
  now_ = std::max(now_, time);
}

LocalTime Simulation::local_time(PeerId node) const {
  return {now_ + now_ / 1'000'000 * nodes_[node].drift_ppm, now_ + nodes_[node].wall_offset};
}

// ---- nodes

void Simulation::start(PeerId id) {
  Node& node = nodes_[id];
  ReplicaConfig config;
  config.self = id;
  config.cluster_size = options_.nodes;
  config.cluster_id = 77;
  config.seed = options_.seed + ++node.life;
  config.options = Options(option_specs(), {{"reads", Value::text(options_.reads)}});
  config.log_entries_kept = options_.log_entries_kept;
  config.bugs = options_.bugs;
  config.format_level = node.format_level;
  node.replica = std::make_unique<RaftReplica>(config, node.synced, local_time(id));
  node.checked_commit = 0;
  plan_tick(id);
}

void Simulation::stop(PeerId id) {
  Node& node = nodes_[id];
  ++node.life;
  node.replica.reset();
  node.paused = false;
  node.while_paused.clear();
  node.pump_planned = false;
  node.to_persist.clear();
  node.syncing = false;
  for (const auto& [connection, ends] : connections_) {
    if (ends.second != id) continue;
    at(now_ + options_.delay_min, [this, number = connection, client = ends.first, id] {
      if (clients_[client].links[id] != number) return;
      clients_[client].links[id] = 0;
      clients_[client].core->disconnected(id, false, now_);
      carry_out(client);
    });
  }
  std::erase_if(connections_, [&](const auto& entry) { return entry.second.second == id; });
}

void Simulation::kill(PeerId id) {
  if (!is_up(id)) return;
  stop(id);
  for (const Effects& effects : nodes_[id].unsynced) nodes_[id].synced.apply(effects);
  nodes_[id].unsynced.clear();
}

void Simulation::cut_power(PeerId id) {
  if (!is_up(id)) return;
  stop(id);
  auto& unsynced = nodes_[id].unsynced;
  const std::size_t kept = rng_.chance(1, 2) ? 0 : rng_.below(unsynced.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) nodes_[id].synced.apply(unsynced[i]);
  unsynced.clear();
}

void Simulation::restart(PeerId id) {
  if (!is_up(id)) start(id);
}

void Simulation::pause(PeerId id) { nodes_[id].paused = is_up(id); }

void Simulation::resume(PeerId id) {
  Node& node = nodes_[id];
  if (!node.paused) return;
  node.paused = false;
  auto inputs = std::exchange(node.while_paused, {});
  if (rng_.chance(1, 2)) plan_tick(id);
  for (auto& input : inputs) at(now_, std::move(input));
  at(now_, [this, id] {
    if (is_up(id)) plan_tick(id);
  });
}

void Simulation::jump_wall_clock(PeerId id, Nanos by) { nodes_[id].wall_offset += by; }

void Simulation::isolate(PeerId id) {
  for (PeerId other = 0; other < options_.nodes; ++other) {
    block(id, other, true);
    block(other, id, true);
  }
}

void Simulation::heal_network() {
  for (auto& row : blocked_) std::fill(row.begin(), row.end(), false);
}

std::string Simulation::order(const Order& order) {
  const std::optional<PeerId> leads = leader();
  if (!leads || nodes_[*leads].paused) return "no node leads";
  std::string refusal = nodes_[*leads].replica->order(order, local_time(*leads));
  plan_pump(*leads);
  return refusal;
}

void Simulation::deliver(PeerId id, std::uint64_t life, std::function<void(RaftReplica&, LocalTime)> input) {
  Node& node = nodes_[id];
  if (node.life != life || !node.replica) return;
  if (node.paused) {
    node.while_paused.push_back(
        [this, id, life, input = std::move(input)]() mutable { deliver(id, life, std::move(input)); });
    return;
  }
  input(*node.replica, local_time(id));
  plan_pump(id);
}

// A little later, so that what comes together shares a batch.
void Simulation::plan_pump(PeerId id) {
  Node& node = nodes_[id];
  if (node.pump_planned) return;
  node.pump_planned = true;
  at(now_ + 10 * kMicrosecond, [this, id, life = node.life] {
    if (nodes_[id].life == life) pump(id);
  });
}

void Simulation::pump(PeerId id) {
  Node& node = nodes_[id];
  node.pump_planned = false;
  Effects effects = node.replica->take_effects();
  if (options_.check_invariants) check_node(id);
  for (PeerMessage& message : effects.messages) send_peer(id, std::move(message));
  for (ClientReply& reply : effects.replies) send_reply(id, std::move(reply));
  if (effects.has_writes()) {
    node.to_persist.emplace_back(effects.batch, effects.must_sync);
    effects.messages.clear();
    effects.replies.clear();
    node.unsynced.push_back(std::move(effects));
    persist(id);
  }
  plan_tick(id);
}

void Simulation::persist(PeerId id) {
  Node& node = nodes_[id];
  if (node.syncing || node.to_persist.empty()) return;
  const auto [batch, must_sync] = node.to_persist.front();
  if (!must_sync) {
    node.to_persist.pop_front();
    deliver(id, node.life, [b = batch](RaftReplica& replica, LocalTime now) { replica.persisted(b, now); });
    return persist(id);
  }
  node.syncing = true;
  const std::size_t covered = node.unsynced.size();
  const std::uint64_t last = node.to_persist.back().first;
  const Nanos time = rng_.between(options_.sync_time / 2, options_.sync_time * 2);
  at(now_ + time, [this, id, life = node.life, covered, last] {
    Node& synced = nodes_[id];
    if (synced.life != life) return;
    synced.syncing = false;
    for (std::size_t i = 0; i < covered; ++i) {
      synced.synced.apply(synced.unsynced.front());
      synced.unsynced.pop_front();
    }
    while (!synced.to_persist.empty() && synced.to_persist.front().first <= last) {
      const std::uint64_t batch_done = synced.to_persist.front().first;
      synced.to_persist.pop_front();
      deliver(id, life,
              [batch_done](RaftReplica& replica, LocalTime now) { replica.persisted(batch_done, now); });
    }
    persist(id);
  });
}

void Simulation::plan_tick(PeerId id) {
  Node& node = nodes_[id];
  const std::uint64_t timer = ++node.timer;
  const std::int64_t wait = node.replica->next_deadline() - local_time(id).monotonic;
  // A clock that runs slow needs longer.
  const Nanos time = now_ + std::max<Nanos>(0, wait + wait / 1'000'000 * std::abs(node.drift_ppm) + 1);
  at(time, [this, id, timer, life = node.life] {
    Node& ticking = nodes_[id];
    if (ticking.life != life || ticking.timer != timer || ticking.paused) return;
    if (local_time(id).monotonic < ticking.replica->next_deadline()) return plan_tick(id);
    deliver(id, life, [](RaftReplica& replica, LocalTime now) { replica.tick(now); });
  });
}

void Simulation::send_peer(PeerId from, PeerMessage message) {
  if (rng_.below(1000) < static_cast<std::uint64_t>(options_.drop_per_mille)) return;
  const int copies = rng_.below(1000) < static_cast<std::uint64_t>(options_.duplicate_per_mille) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    const Nanos delay = rng_.between(options_.delay_min, options_.delay_max);
    at(now_ + delay, [this, from, to = message.to, payload = message.payload] {
      if (blocked_[from][to]) return;
      deliver(to, nodes_[to].life,
              [from, payload](RaftReplica& replica, LocalTime now) { replica.receive(from, payload, now); });
    });
  }
}

std::optional<PeerId> Simulation::leader() const {
  std::optional<PeerId> found;
  for (PeerId id = 0; id < options_.nodes; ++id) {
    if (!is_up(id) || replica(id).raft().role() != Role::leader) continue;
    if (!found || replica(id).raft().term() > replica(*found).raft().term()) found = id;
  }
  return found;
}

std::size_t Simulation::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(history_.begin(), history_.end(),
                    [&](const RecordedOperation& operation) { return operation.outcome == outcome; }));
}

// ---- invariants (Raft, figure 3)

void Simulation::break_invariant(const std::string& what) {
  if (!broken_invariant_.empty()) return;
  broken_invariant_ = what + " at " + std::to_string(now_ / kMicrosecond) + " us";
}

void Simulation::check_node(PeerId id) {
  const Raft& raft = replica(id).raft();
  if (raft.role() == Role::leader) {
    const auto [entry, is_new] = leaders_.emplace(raft.term(), id);
    if (entry->second != id) break_invariant("election safety: two leaders in one term");
    if (is_new) {
      for (Index index = raft.log().first_index(); index < committed_.size(); ++index) {
        if (raft.log().term_at(index) != committed_[index]) break_invariant("leader completeness");
      }
      for (PeerId other = 0; other < options_.nodes; ++other) {
        if (other == id || !is_up(other)) continue;
        // Log matching: where index and term agree, all before agrees.
        const Log& mine = raft.log();
        const Log& theirs = replica(other).raft().log();
        bool agreed = false;
        const Index low = std::max(mine.compacted_index(), theirs.compacted_index());
        for (Index index = std::min(mine.last_index(), theirs.last_index()); index > low; --index) {
          const bool same = mine.at(index).term == theirs.at(index).term;
          if (same && mine.at(index).command() != theirs.at(index).command()) break_invariant("log matching");
          if (agreed && !same) break_invariant("log matching");
          agreed = agreed || same;
        }
      }
    }
  }
  Node& node = nodes_[id];
  for (Index index = std::max(node.checked_commit + 1, raft.log().first_index());
       index <= raft.commit_index(); ++index) {
    const Term term = raft.log().term_at(index).value_or(0);
    if (index >= committed_.size()) committed_.resize(index + 1, 0);
    if (committed_[index] == 0) committed_[index] = term;
    if (committed_[index] != term) break_invariant("state machine safety");
  }
  node.checked_commit = std::max(node.checked_commit, raft.commit_index());
}

}  // namespace assay::refdb::raft::testing
