#include "targets/refdb/leaderless/ring.h"

namespace assay::refdb::leaderless {

// Multiplied by a large odd number, so that neighbouring keys spread (Knuth's multiplicative hashing).
Group Ring::group_of(Key key) const {
  const std::uint64_t mixed = static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15u;
  return static_cast<Group>((mixed >> 32) % nodes_);
}

std::vector<PeerId> Ring::preference(Group group) const {
  std::vector<PeerId> nodes(nodes_);
  for (PeerId i = 0; i < nodes_; ++i) nodes[i] = static_cast<PeerId>((group + i) % nodes_);
  return nodes;
}

bool Ring::holds(PeerId node, Group group) const {
  return (node + nodes_ - group % nodes_) % nodes_ < replicas_;
}

}  // namespace assay::refdb::leaderless
