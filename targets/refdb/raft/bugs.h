// The seeded bugs of the Raft protocol: mistakes that real implementations made, switched on by name to prove
// that the harness finds them. All off by default.
#pragma once

#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::raft {

struct Bugs {
  bool stale_reads = false;
  bool lease_ignores_skew = false;
  bool vote_not_persisted = false;
  bool ack_before_fsync = false;
  bool commit_older_term = false;
  bool no_term_check = false;
  bool truncate_committed = false;
  bool duplicate_apply = false;
  bool lost_update_cas = false;
  bool snapshot_drops_keys = false;
  bool changes_overlap = false;
  bool removed_node_votes = false;
  bool transfer_keeps_lease = false;
  bool new_commands_early = false;

  // Some bug lets nodes disagree about what is committed. The correct protocol refuses to overwrite a
  // committed entry and counts the attempt; with such a bug it goes on, so that clients see the damage.
  bool may_overwrite_committed() const {
    return vote_not_persisted || ack_before_fsync || commit_older_term || no_term_check ||
           truncate_committed || changes_overlap || removed_node_votes;
  }
};

const std::vector<ProtocolPlugin::Bug>& known_bugs();

// Requires: every name is known.
Bugs bugs_of(const ReplicaConfig& config);

}  // namespace assay::refdb::raft
