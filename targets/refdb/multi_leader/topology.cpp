#include "targets/refdb/multi_leader/topology.h"

#include "harness/core/assert.h"

namespace assay::refdb::multi_leader {

Topology::Topology(Shape shape, PeerId nodes, PeerId datacenters) : shape_(shape), nodes_(nodes) {
  ASSAY_ASSERT(nodes > 0 && datacenters <= nodes);
  const std::size_t count = datacenters == 0 ? nodes : datacenters;
  leaders_.resize(count);
  for (std::size_t i = 0; i < count; ++i) leaders_[i] = static_cast<PeerId>((i * nodes + count - 1) / count);
}

std::size_t Topology::datacenter_of(PeerId node) const {
  ASSAY_ASSERT(node < nodes_);
  return node * leaders_.size() / nodes_;
}

bool Topology::sends(PeerId from, PeerId to) const {
  if (from == to || !leads(from)) return false;
  if (!leads(to)) return leader_of(to) == from;
  switch (shape_) {
    case Shape::all_to_all:
      return true;
    case Shape::ring:
      return datacenter_of(to) == (datacenter_of(from) + 1) % leaders_.size();
    case Shape::star:
      return from == leaders_[0] || to == leaders_[0];
  }
  return false;
}

std::vector<PeerId> Topology::receivers(PeerId self) const {
  std::vector<PeerId> result;
  for (PeerId node = 0; node < nodes_; ++node) {
    if (sends(self, node)) result.push_back(node);
  }
  return result;
}

std::vector<PeerId> Topology::senders(PeerId self) const {
  std::vector<PeerId> result;
  for (PeerId node = 0; node < nodes_; ++node) {
    if (sends(node, self)) result.push_back(node);
  }
  return result;
}

bool Topology::sends_at_once(PeerId self, PeerId origin, PeerId to) const {
  if (origin == to) return false;
  if (origin == self || !leads(to)) return true;
  return shape_ == Shape::ring || (shape_ == Shape::star && self == leaders_[0]);
}

}  // namespace assay::refdb::multi_leader
