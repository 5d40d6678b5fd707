#include "targets/refdb/single_leader/bugs.h"

#include "targets/refdb/replica/config.h"

namespace assay::refdb::single_leader {

const std::vector<ProtocolPlugin::Bug>& known_bugs() {
  static const std::vector<ProtocolPlugin::Bug> bugs = {
      {"promotion-drops-tail", "a promoted follower throws away what it does not know to be acknowledged",
       "kill or partition of the leader"},
      {"lease-ignores-clock",
       "the lease is counted on the wall clock, which may be set back, and without a margin",
       "protection=lease; clock set back together with partition of the leader, or pause"},
      {"token-off-by-one", "a node that lacks the last entry of the position asked for answers all the same",
       "read-from=min-position or session-position; lagging followers"},
      {"shortest-log-wins", "the survey is compared the wrong way round: who is furthest behind takes over",
       "kill or partition of the leader"},
      {"divergent-tail-kept", "a follower keeps entries that the leader's log contradicts",
       "partition or kill of the leader"},
      {"reads-move-no-position", "a session's position is advanced by its writes alone",
       "read-from=min-position or session-position; lagging followers"},
      {"snapshot-without-tail",
       "the log is continued after what is acknowledged when a piece is sent, not after what the snapshot "
       "has",
       "log_entries_kept=60 or less; a node that was away long enough to need a snapshot"},
      {"ack-before-followers", "a write is acknowledged when it is on the leader's own disk",
       "kill or partition of the leader"},
      {"epoch-forgotten", "followers obey a leader of an earlier epoch, and leaders each other",
       "partition of the leader that heals, or pause"},
  };
  return bugs;
}

Bugs bugs_of(const ReplicaConfig& config) {
  Bugs bugs;
  bugs.promotion_drops_tail = has_bug(config, "promotion-drops-tail");
  bugs.lease_ignores_clock = has_bug(config, "lease-ignores-clock");
  bugs.token_off_by_one = has_bug(config, "token-off-by-one");
  bugs.shortest_log_wins = has_bug(config, "shortest-log-wins");
  bugs.divergent_tail_kept = has_bug(config, "divergent-tail-kept");
  bugs.reads_move_no_position = has_bug(config, "reads-move-no-position");
  bugs.snapshot_without_tail = has_bug(config, "snapshot-without-tail");
  bugs.ack_before_followers = has_bug(config, "ack-before-followers");
  bugs.epoch_forgotten = has_bug(config, "epoch-forgotten");
  return bugs;
}

}  // namespace assay::refdb::single_leader
