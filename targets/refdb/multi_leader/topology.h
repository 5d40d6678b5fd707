// Who leads and who sends updates to whom. Nodes are divided into datacenters, consecutive ones into one, as evenly as can
// be; the first of each leads it, and the others follow their leader. Leaders are joined all to all, in a ring of one
// direction, or as a star around the first.
//
// Updates are forwarded where the topology needs it. Loops end because nothing is sent to its origin, and because a node drops
// what it has: the updates of an origin are numbered and applied in order.
//
// Thread safety: immutable. Complexity: linear in nodes.
#pragma once

#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

class Topology {
 public:
  enum class Shape : std::uint8_t { all_to_all, ring, star };

  // Requires: datacenters <= nodes; 0 stands for one per node.
  Topology(Shape shape, PeerId nodes, PeerId datacenters);

  PeerId leader_of(PeerId node) const { return leaders_[datacenter_of(node)]; }
  bool leads(PeerId node) const { return leader_of(node) == node; }
  bool has_followers() const { return leaders_.size() < nodes_; }

  // To whom this node sends updates, and from whom it gets them (and owes acknowledgements).
  std::vector<PeerId> receivers(PeerId self) const;
  std::vector<PeerId> senders(PeerId self) const;
  // This node is the one to send updates of that origin to that receiver. Where it is not, it still does so when the receiver
  // goes without for long, perhaps because their origin is down.
  bool sends_at_once(PeerId self, PeerId origin, PeerId to) const;

 private:
  std::size_t datacenter_of(PeerId node) const;
  bool sends(PeerId from, PeerId to) const;

  Shape shape_;
  PeerId nodes_;
  std::vector<PeerId> leaders_;
};

}  // namespace assay::refdb::multi_leader
