#include "targets/refdb/raft/bugs.h"

#include "targets/refdb/replica/seeded_bugs.h"

namespace assay::refdb::raft {

namespace {

constexpr SeededBug<Bugs> kBugs[] = {
    {&Bugs::stale_reads,
     {"stale-reads", "a node that believes to be the leader answers reads without asking a quorum, for ever",
      "partition of the leader, or pause; reads=read-index"}},
    {&Bugs::lease_ignores_skew,
     {"lease-ignores-skew",
      "the lease ends at a time of the wall clock, without a margin, and is only ever extended",
      "reads=lease; clock set back together with partition of the leader, or pause"}},
    {&Bugs::vote_not_persisted,
     {"vote-not-persisted", "term and vote are kept in memory only, and start from zero after a restart",
      "kill and restart of a majority or all, with partition"}},
    {&Bugs::ack_before_fsync,
     {"ack-before-fsync", "entries are acknowledged before they would survive a power loss",
      "power loss (kill that loses unsynced writes) of a majority or all"}},
    {&Bugs::commit_older_term,
     {"commit-older-term",
      "entries of older terms are committed by counting replicas; no empty entry opens a term, and reads do "
      "not wait for one",
      "kill or partition of the leader"}},
    {&Bugs::no_term_check,
     {"no-term-check", "followers obey a leader of an older term, which does not step down by itself",
      "partition of the leader that heals, or pause"}},
    {&Bugs::truncate_committed,
     {"truncate-committed",
      "a follower cuts its log behind what an append or heartbeat covers, even what it acknowledged since",
      "kill, pause or partition of the leader, best mixed with partitions that leave a bare majority; "
      "message "
      "reordering or duplication helps"}},
    {&Bugs::duplicate_apply,
     {"duplicate-apply", "request ids are ignored: a resent request is applied again",
      "anything that makes clients resend: partition, kill or pause"}},
    {&Bugs::lost_update_cas,
     {"lost-update-cas", "a compare-and-set is checked when it is proposed and applied blindly later",
      "concurrent compare-and-set on one key; no fault needed"}},
    {&Bugs::snapshot_drops_keys,
     {"snapshot-drops-keys", "a snapshot leaves out every second key",
      "log_entries_kept=200 or less; partition or kill of one node long enough to need a snapshot, then "
      "loss "
      "of the leader; more keys than are rewritten in between"}},
    {&Bugs::changes_overlap,
     {"changes-overlap",
      "a leader begins a membership change while nothing of its term, or the change before, is committed",
      "membership of two nodes together with partition"}},
    {&Bugs::removed_node_votes,
     {"removed-node-votes", "nodes that were removed from the membership still decide elections",
      "membership of two nodes, then partition"}},
    {&Bugs::transfer_keeps_lease,
     {"transfer-keeps-lease",
      "a leader that asked another node to take over goes on answering under its lease",
      "reads=lease; transfer together with partition of the leader, which hears nothing"}},
    {&Bugs::new_commands_early,
     {"new-commands-early",
      "a node of the newer build writes commands in its own format while there are nodes that can't read it",
      "upgrade"}},
};

}  // namespace

const std::vector<ProtocolPlugin::Bug>& known_bugs() {
  static const std::vector<ProtocolPlugin::Bug> bugs = listed(kBugs);
  return bugs;
}

Bugs bugs_of(const ReplicaConfig& config) { return switched_on(kBugs, config); }

}  // namespace assay::refdb::raft
