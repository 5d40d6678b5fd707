// Which nodes hold a key: the keys are hashed to as many groups as there are nodes, and the replicas of group g are the nodes g,
// g+1 ... around the ring (a Dynamo ring with one place a node). Nodes and clients reckon alike.
//
// Thread safety: pure. Complexity: constant; preference() linear in the nodes.
#pragma once

#include <vector>

#include "harness/core/operation.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::leaderless {

using Group = std::uint32_t;

class Ring {
 public:
  // Requires: 1 <= replicas <= nodes.
  Ring(PeerId nodes, PeerId replicas) : nodes_(nodes), replicas_(replicas) {}

  Group group_of(Key key) const;
  // All nodes, those that hold the group first: the homes, then the fallbacks.
  std::vector<PeerId> preference(Group group) const;
  bool holds(PeerId node, Group group) const;

  PeerId nodes() const { return nodes_; }
  PeerId replicas() const { return replicas_; }

 private:
  PeerId nodes_;
  PeerId replicas_;
};

}  // namespace assay::refdb::leaderless
