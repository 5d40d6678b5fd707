#include "targets/refdb/leaderless/bugs.h"

#include "targets/refdb/replica/config.h"

namespace assay::refdb::leaderless {

const std::vector<ProtocolPlugin::Bug>& known_bugs() {
  static const std::vector<ProtocolPlugin::Bug> bugs = {
      {"put-overwrites",
       "a replica takes whatever a repair or a hint brings, even what is older than its own",
       "partition or pause; repair=before, timestamps=quorum"},
      {"own-vote-twice", "a coordinator counts its own acknowledgement of a write twice",
       "partition or kill; repair=before, timestamps=quorum"},
      {"hint-dropped-unread", "a hint is forgotten when it is sent, not when it has arrived",
       "kill of several homes of a key; sloppy=yes, anti-entropy=0; workload durability"},
      {"tree-skips-half", "anti-entropy never compares the second half of the tree",
       "partition that heals; w=one, repair=none; workload convergence with many keys"},
      {"context-forgets-node", "the version vector that a reader is given lacks one node",
       "conflicts=siblings; one client that adds and removes: workload set with removes; no fault needed"},
      {"put-ack-before-fsync", "a write is acknowledged before it is on disk",
       "kill (loses unsynced writes); repair=before, timestamps=quorum"},
      {"promise-forgotten", "an acceptor of Paxos accepts what it promised to refuse",
       "cas=paxos; workload register, no fault needed"},
  };
  return bugs;
}

Bugs bugs_of(const ReplicaConfig& config) {
  Bugs bugs;
  bugs.put_overwrites = has_bug(config, "put-overwrites");
  bugs.own_vote_twice = has_bug(config, "own-vote-twice");
  bugs.hint_dropped_unread = has_bug(config, "hint-dropped-unread");
  bugs.tree_skips_half = has_bug(config, "tree-skips-half");
  bugs.vector_forgets_node = has_bug(config, "context-forgets-node");
  bugs.ack_before_fsync = has_bug(config, "put-ack-before-fsync");
  bugs.promise_forgotten = has_bug(config, "promise-forgotten");
  return bugs;
}

}  // namespace assay::refdb::leaderless
