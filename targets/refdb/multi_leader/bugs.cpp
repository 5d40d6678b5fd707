#include "targets/refdb/multi_leader/bugs.h"

#include "targets/refdb/replica/seeded_bugs.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr SeededBug<Bugs> kBugs[] = {
    {&Bugs::vector_forgets_node,
     {"vector-forgets-node", "the version vector of an update leaves out the first other node",
      "partition, and a checker of causal consistency"}},
    {&Bugs::set_remove_wins,
     {"set-remove-wins", "a removal from a set also takes away additions that it has not seen",
      "resolver=crdt, a set"}},
    {&Bugs::counter_adds_again,
     {"counter-adds-again", "an increment that is delivered again is counted again",
      "resolver=crdt, a counter; lost acknowledgements"}},
    {&Bugs::forwarding_loses_origin,
     {"forwarding-loses-origin", "updates of the node two before are not forwarded",
      "topology=ring or star, at least 4 nodes"}},
    {&Bugs::tie_keeps_newcomer,
     {"tie-keeps-newcomer", "of two writes with equal timestamps the one that arrives last wins",
      "resolver=lww"}},
    {&Bugs::clock_ignores_messages,
     {"clock-ignores-messages", "the hybrid clock does not advance with what it receives",
      "resolver=lww, clocks apart"}},
    {&Bugs::numbers_used_again,
     {"numbers-used-again", "a node that lost its data numbers its updates from 1 again", "wipe"}},
    {&Bugs::texts_forget_early,
     {"texts-forget-early", "the hub forgets edits that one node has, not those that all have",
      "text=ot, a text edited more than 64 times; partition or kill"}},
};

}  // namespace

const std::vector<ProtocolPlugin::Bug>& known_bugs() {
  static const std::vector<ProtocolPlugin::Bug> bugs = listed(kBugs);
  return bugs;
}

Bugs bugs_of(const ReplicaConfig& config) { return switched_on(kBugs, config); }

}  // namespace assay::refdb::multi_leader
