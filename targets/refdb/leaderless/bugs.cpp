#include "targets/refdb/leaderless/bugs.h"

#include "targets/refdb/replica/seeded_bugs.h"

namespace assay::refdb::leaderless {

namespace {

constexpr SeededBug<Bugs> kBugs[] = {
    {&Bugs::put_overwrites,
     {"put-overwrites", "a replica takes whatever a repair or a hint brings, even what is older than its own",
      "partition or pause; repair=before, timestamps=quorum"}},
    {&Bugs::own_vote_twice,
     {"own-vote-twice", "a coordinator counts its own acknowledgement of a write twice",
      "partition or kill; repair=before, timestamps=quorum"}},
    {&Bugs::hint_dropped_unread,
     {"hint-dropped-unread", "a hint is forgotten when it is sent, not when it has arrived",
      "kill of several homes of a key; sloppy=yes, anti-entropy=0; workload durability"}},
    {&Bugs::tree_skips_half,
     {"tree-skips-half", "anti-entropy never compares the second half of the tree",
      "partition that heals; w=one, repair=none; workload convergence with many keys"}},
    {&Bugs::vector_forgets_node,
     {"context-forgets-node", "the version vector that a reader is given lacks one node",
      "conflicts=siblings; one client that adds and removes: workload set with removes; no fault needed"}},
    {&Bugs::ack_before_fsync,
     {"put-ack-before-fsync", "a write is acknowledged before it is on disk",
      "kill (loses unsynced writes); repair=before, timestamps=quorum"}},
    {&Bugs::promise_forgotten,
     {"promise-forgotten", "an acceptor of Paxos accepts what it promised to refuse",
      "cas=paxos; workload register, no fault needed"}},
};

}  // namespace

const std::vector<ProtocolPlugin::Bug>& known_bugs() {
  static const std::vector<ProtocolPlugin::Bug> bugs = listed(kBugs);
  return bugs;
}

Bugs bugs_of(const ReplicaConfig& config) { return switched_on(kBugs, config); }

}  // namespace assay::refdb::leaderless
