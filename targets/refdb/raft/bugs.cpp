#include "targets/refdb/raft/bugs.h"

#include "targets/refdb/replica/config.h"

namespace assay::refdb::raft {

const std::vector<ProtocolPlugin::Bug>& known_bugs() {
  static const std::vector<ProtocolPlugin::Bug> bugs = {
      {"stale-reads", "a node that believes to be the leader answers reads without asking a quorum, for ever",
       "partition of the leader, or pause; reads=read-index"},
      {"lease-ignores-skew",
       "the lease ends at a time of the wall clock, without a margin, and is only ever extended",
       "reads=lease; clock set back together with partition of the leader, or pause"},
      {"vote-not-persisted", "term and vote are kept in memory only, and start from zero after a restart",
       "kill and restart of a majority or all, with partition"},
      {"ack-before-fsync", "entries are acknowledged before they would survive a power loss",
       "power loss (kill that loses unsynced writes) of a majority or all"},
      {"commit-older-term",
       "entries of older terms are committed by counting replicas; no empty entry opens a term, and reads do "
       "not wait for one",
       "kill or partition of the leader"},
      {"no-term-check", "followers obey a leader of an older term, which does not step down by itself",
       "partition of the leader that heals, or pause"},
      {"truncate-committed",
       "a follower cuts its log behind what an append or heartbeat covers, even what it acknowledged since",
       "kill, pause or partition of the leader, best mixed with partitions that leave a bare majority; "
       "message "
       "reordering or duplication helps"},
      {"duplicate-apply", "request ids are ignored: a resent request is applied again",
       "anything that makes clients resend: partition, kill or pause"},
      {"lost-update-cas", "a compare-and-set is checked when it is proposed and applied blindly later",
       "concurrent compare-and-set on one key; no fault needed"},
      {"snapshot-drops-keys", "a snapshot leaves out every second key",
       "log_entries_kept=200 or less; partition or kill of one node long enough to need a snapshot, then "
       "loss "
       "of the leader; more keys than are rewritten in between"},
  };
  return bugs;
}

Bugs bugs_of(const ReplicaConfig& config) {
  Bugs bugs;
  bugs.stale_reads = has_bug(config, "stale-reads");
  bugs.lease_ignores_skew = has_bug(config, "lease-ignores-skew");
  bugs.vote_not_persisted = has_bug(config, "vote-not-persisted");
  bugs.ack_before_fsync = has_bug(config, "ack-before-fsync");
  bugs.commit_older_term = has_bug(config, "commit-older-term");
  bugs.no_term_check = has_bug(config, "no-term-check");
  bugs.truncate_committed = has_bug(config, "truncate-committed");
  bugs.duplicate_apply = has_bug(config, "duplicate-apply");
  bugs.lost_update_cas = has_bug(config, "lost-update-cas");
  bugs.snapshot_drops_keys = has_bug(config, "snapshot-drops-keys");
  return bugs;
}

}  // namespace assay::refdb::raft
