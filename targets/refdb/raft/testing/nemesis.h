// Hurts a simulation at random, each kind of fault in a loop of its own so that they overlap; then heals, and
// gives the cluster time to recover.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/raft/testing/simulation.h"

namespace assay::refdb::raft::testing {

struct Faults {
  bool partition = false;
  bool kill = false;
  bool power = false;
  bool pause = false;
  bool clock = false;
  bool membership = false;
  bool transfer = false;
  bool upgrade = false;
};

class Nemesis {
 public:
  Nemesis(Simulation& simulation, const Faults& faults);

  // Runs the simulation for `duration` with faults, then `recovery` without.
  void run(Nanos duration, Nanos recovery);
  int orders_taken() const { return orders_taken_; }

 private:
  enum class Kind : std::uint8_t { partition, kill, power, pause, clock, membership, transfer, upgrade };
  struct Loop {
    Kind kind = Kind::partition;
    bool active = false;
    Nanos next = 0;
    std::vector<PeerId> targets;
  };

  void inject(Loop& loop);
  void heal(Loop& loop);
  void partition();
  void order_each(const std::vector<PeerId>& nodes, Order::Kind kind);
  void restart_as(const std::vector<PeerId>& nodes, int format_level);
  std::vector<PeerId> pick_targets();
  PeerId leader_or_any();

  Simulation& simulation_;
  Rng rng_;
  std::vector<Loop> loops_;
  int orders_taken_ = 0;
};

}  // namespace assay::refdb::raft::testing
