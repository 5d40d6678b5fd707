// The seeded bugs of mode multi-leader, switched on by name to prove that the harness finds them. All off by default.
#pragma once

#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

struct Bugs {
  bool vector_forgets_node = false;
  bool set_remove_wins = false;
  bool counter_adds_again = false;
  bool forwarding_loses_origin = false;
  bool tie_keeps_newcomer = false;
  bool clock_ignores_messages = false;
  bool numbers_used_again = false;
  bool texts_forget_early = false;
};

const std::vector<ProtocolPlugin::Bug>& known_bugs();

// Requires: every name is known.
Bugs bugs_of(const ReplicaConfig& config);

}  // namespace assay::refdb::multi_leader
