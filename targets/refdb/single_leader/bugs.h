// The seeded bugs of mode single-leader, switched on by name to prove that the harness finds them. All off by default.
#pragma once

#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::single_leader {

struct Bugs {
  bool promotion_drops_tail = false;
  bool lease_ignores_clock = false;
  bool token_off_by_one = false;
  bool shortest_log_wins = false;
  bool divergent_tail_kept = false;
  bool reads_move_no_position = false;
  bool snapshot_without_tail = false;
  bool ack_before_followers = false;
  bool epoch_forgotten = false;
};

const std::vector<ProtocolPlugin::Bug>& known_bugs();

// Requires: every name is known.
Bugs bugs_of(const ReplicaConfig& config);

}  // namespace assay::refdb::single_leader
