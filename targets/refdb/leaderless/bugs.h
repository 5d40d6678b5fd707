// The seeded bugs of the leaderless mode: off by default, switched on by name to prove that the harness finds them.
#pragma once

#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::leaderless {

struct Bugs {
  bool put_overwrites = false;
  bool own_vote_twice = false;
  bool hint_dropped_unread = false;
  bool tree_skips_half = false;
  bool vector_forgets_node = false;
  bool ack_before_fsync = false;
  bool promise_forgotten = false;
};

const std::vector<ProtocolPlugin::Bug>& known_bugs();

// Requires: every name is known.
Bugs bugs_of(const ReplicaConfig& config);

}  // namespace assay::refdb::leaderless
