#include "targets/refdb/single_leader/bugs.h"

#include "targets/refdb/replica/seeded_bugs.h"

namespace assay::refdb::single_leader {

namespace {

constexpr SeededBug<Bugs> kBugs[] = {
    {&Bugs::promotion_drops_tail,
     {"promotion-drops-tail", "a promoted follower throws away what it does not know to be acknowledged",
      "kill or partition of the leader"}},
    {&Bugs::lease_ignores_clock,
     {"lease-ignores-clock",
      "the lease is counted on the wall clock, which may be set back, and without a margin",
      "protection=lease; clock set back together with partition of the leader, or pause"}},
    {&Bugs::token_off_by_one,
     {"token-off-by-one", "a node that lacks the last entry of the position asked for answers all the same",
      "read-from=min-position or session-position; lagging followers"}},
    {&Bugs::shortest_log_wins,
     {"shortest-log-wins", "the survey is compared the wrong way round: who is furthest behind takes over",
      "kill or partition of the leader"}},
    {&Bugs::divergent_tail_kept,
     {"divergent-tail-kept", "a follower keeps entries that the leader's log contradicts",
      "partition or kill of the leader"}},
    {&Bugs::reads_move_no_position,
     {"reads-move-no-position", "a session's position is advanced by its writes alone",
      "read-from=min-position or session-position; lagging followers"}},
    {&Bugs::snapshot_without_tail,
     {"snapshot-without-tail",
      "the log is continued after what is acknowledged when a piece is sent, not after what the snapshot "
      "has",
      "log_entries_kept=60 or less; a node that was away long enough to need a snapshot"}},
    {&Bugs::ack_before_followers,
     {"ack-before-followers", "a write is acknowledged when it is on the leader's own disk",
      "kill or partition of the leader"}},
    {&Bugs::epoch_forgotten,
     {"epoch-forgotten", "followers obey a leader of an earlier epoch, and leaders each other",
      "partition of the leader that heals, or pause"}},
};

}  // namespace

const std::vector<ProtocolPlugin::Bug>& known_bugs() {
  static const std::vector<ProtocolPlugin::Bug> bugs = listed(kBugs);
  return bugs;
}

Bugs bugs_of(const ReplicaConfig& config) { return switched_on(kBugs, config); }

}  // namespace assay::refdb::single_leader
