#include "targets/refdb/raft/testing/nemesis.h"

#include <algorithm>

namespace assay::refdb::raft::testing {

Nemesis::Nemesis(Simulation& simulation, const Faults& faults)
    : simulation_(simulation), rng_(Rng(simulation.options().seed).fork("nemesis")) {
  const auto add = [&](bool wanted, Kind kind) {
    if (wanted) loops_.push_back({kind, false, rng_.between(kSecond, 3 * kSecond), {}});
  };
  add(faults.partition, Kind::partition);
  add(faults.kill, Kind::kill);
  add(faults.power, Kind::power);
  add(faults.pause, Kind::pause);
  add(faults.clock, Kind::clock);
  add(faults.membership, Kind::membership);
  add(faults.transfer, Kind::transfer);
  add(faults.upgrade, Kind::upgrade);
}

void Nemesis::run(Nanos duration, Nanos recovery) {
  const Nanos end = simulation_.now() + duration;
  while (!loops_.empty()) {
    Loop& loop = *std::min_element(loops_.begin(), loops_.end(),
                                   [](const Loop& a, const Loop& b) { return a.next < b.next; });
    if (loop.next >= end) break;
    simulation_.run_until(loop.next);
    loop.active ? heal(loop) : inject(loop);
    loop.active = !loop.active;
    loop.next +=
        loop.active ? rng_.between(kSecond / 2, 4 * kSecond) : rng_.between(kSecond / 2, 3 * kSecond);
  }
  simulation_.run_until(end);
  for (Loop& loop : loops_) heal(loop);
  simulation_.run_for(recovery);
}

PeerId Nemesis::leader_or_any() {
  const auto any = static_cast<PeerId>(rng_.below(simulation_.options().nodes));
  return simulation_.leader().value_or(any);
}

// One, the leader, a majority, or all.
std::vector<PeerId> Nemesis::pick_targets() {
  const PeerId nodes = simulation_.options().nodes;
  std::vector<PeerId> all(nodes);
  for (PeerId id = 0; id < nodes; ++id) all[id] = id;
  rng_.shuffle(all);
  switch (rng_.below(4)) {
    case 0:
      all.resize(1);
      break;
    case 1:
      all = {leader_or_any()};
      break;
    case 2:
      all.resize(nodes / 2u + 1);
      break;
    default:
      break;
  }
  return all;
}

void Nemesis::partition() {
  const PeerId nodes = simulation_.options().nodes;
  const PeerId leader = leader_or_any();
  const auto other = static_cast<PeerId>((leader + 1 + rng_.below(nodes - 1u)) % nodes);
  std::vector<bool> side(nodes);
  switch (rng_.below(4)) {
    case 0:
      side[leader] = true;
      break;
    case 1:  // the leader and one more
      side[leader] = side[other] = true;
      break;
    case 2:  // the leader in a bare majority
      side[other] = side[(other + 1u) % nodes == leader ? (other + 2u) % nodes : (other + 1u) % nodes] = true;
      break;
    default:  // the leader does not hear
      for (PeerId id = 0; id < nodes; ++id) simulation_.block(id, leader, id != leader);
      return;
  }
  for (PeerId a = 0; a < nodes; ++a) {
    for (PeerId b = 0; b < nodes; ++b) simulation_.block(a, b, side[a] != side[b]);
  }
}

// As an operator does: again and again for a while.
void Nemesis::order_each(const std::vector<PeerId>& nodes, Order::Kind kind) {
  for (const PeerId node : nodes) {
    for (int tries = 0; tries < 20; ++tries) {
      if (simulation_.order({kind, node}).empty()) {
        ++orders_taken_;
        break;
      }
      simulation_.run_for(20 * kMillisecond);
    }
  }
}

void Nemesis::restart_as(const std::vector<PeerId>& nodes, int format_level) {
  for (const PeerId node : nodes) {
    simulation_.set_format_level(node, format_level);
    if (!simulation_.is_up(node)) continue;
    simulation_.kill(node);
    simulation_.restart(node);
    simulation_.run_for(200 * kMillisecond);
  }
}

void Nemesis::inject(Loop& loop) {
  switch (loop.kind) {
    case Kind::partition:
      return partition();
    case Kind::kill:
      loop.targets = pick_targets();
      for (const PeerId id : loop.targets) simulation_.kill(id);
      return;
    case Kind::power:
      loop.targets = pick_targets();
      for (const PeerId id : loop.targets) simulation_.cut_power(id);
      return;
    case Kind::pause:
      loop.targets = {rng_.chance(1, 2) ? leader_or_any()
                                        : static_cast<PeerId>(rng_.below(simulation_.options().nodes))};
      for (const PeerId id : loop.targets) simulation_.pause(id);
      return;
    case Kind::clock:
      loop.targets = {leader_or_any()};
      for (const PeerId id : loop.targets) {
        simulation_.jump_wall_clock(id, rng_.between(-10 * kSecond, 10 * kSecond));
      }
      return;
    case Kind::membership:
      loop.targets = pick_targets();
      loop.targets.resize(std::min<std::size_t>(loop.targets.size(), 1 + rng_.below(2)));
      return order_each(loop.targets, Order::Kind::remove_member);
    case Kind::transfer: {
      const auto to = static_cast<PeerId>(rng_.below(simulation_.options().nodes));
      return order_each({to}, Order::Kind::transfer);
    }
    case Kind::upgrade:
      loop.targets = pick_targets();
      return restart_as(loop.targets, 2);
  }
}

void Nemesis::heal(Loop& loop) {
  switch (loop.kind) {
    case Kind::partition:
      return simulation_.heal_network();
    case Kind::kill:
    case Kind::power:
      for (const PeerId id : loop.targets) simulation_.restart(id);
      return;
    case Kind::pause:
      for (const PeerId id : loop.targets) simulation_.resume(id);
      return;
    case Kind::membership:
      return order_each(loop.targets, Order::Kind::add_member);
    case Kind::upgrade:
      return restart_as(loop.targets, 1);
    case Kind::clock:
    case Kind::transfer:
      return;
  }
}

}  // namespace assay::refdb::raft::testing
