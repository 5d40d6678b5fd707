// Who may lead and who sends updates to whom. Nodes are divided into datacenters, consecutive ones into one, as evenly as can
// be; one of each leads it (datacenter.h says which), and the others follow. Leaders are joined all to all, in a ring of one
// direction, or as a star around that of the first datacenter.
//
// Updates are forwarded where the topology needs it. Loops end because a node gets what it says that it lacks, and drops what
// it has: the updates of an origin are numbered and applied in order.
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

  bool has_followers() const { return first_.size() < nodes_; }
  bool in_one_datacenter(PeerId a, PeerId b) const { return datacenter_of(a) == datacenter_of(b); }
  // The node's datacenter, itself included; the first one leads where nothing is wrong.
  std::vector<PeerId> members(PeerId node) const;

  // To whom this node sends updates while it leads, and from whom it gets them then (and owes acknowledgements). A follower
  // sends to and gets from its datacenter only.
  std::vector<PeerId> receivers(PeerId self) const;
  std::vector<PeerId> senders(PeerId self) const;
  // This node is the one to send updates of that origin to that receiver. Where it is not, it still does so when the receiver
  // goes without for long, perhaps because their origin is down.
  bool sends_at_once(PeerId self, bool leads, PeerId origin, PeerId to) const;

 private:
  std::size_t datacenter_of(PeerId node) const;
  bool sends(PeerId from, PeerId to) const;

  Shape shape_;
  PeerId nodes_;
  std::vector<PeerId> first_;  // of each datacenter
};

}  // namespace assay::refdb::multi_leader
