#include "targets/refdb/multi_leader/topology.h"

#include "harness/core/assert.h"

namespace assay::refdb::multi_leader {

Topology::Topology(Shape shape, PeerId nodes, PeerId datacenters) : shape_(shape), nodes_(nodes) {
  ASSAY_ASSERT(nodes > 0 && datacenters <= nodes);
  const std::size_t count = datacenters == 0 ? nodes : datacenters;
  first_.resize(count);
  for (std::size_t i = 0; i < count; ++i) first_[i] = static_cast<PeerId>((i * nodes + count - 1) / count);
}

std::size_t Topology::datacenter_of(PeerId node) const {
  ASSAY_ASSERT(node < nodes_);
  return node * first_.size() / nodes_;
}

std::vector<PeerId> Topology::members(PeerId node) const {
  std::vector<PeerId> result;
  for (PeerId other = 0; other < nodes_; ++other) {
    if (in_one_datacenter(node, other)) result.push_back(other);
  }
  return result;
}

bool Topology::sends(PeerId from, PeerId to) const {
  const std::size_t here = datacenter_of(from), there = datacenter_of(to);
  if (here == there) return from != to;
  switch (shape_) {
    case Shape::all_to_all:
      return true;
    case Shape::ring:
      return there == (here + 1) % first_.size();
    case Shape::star:
      return here == 0 || there == 0;
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

bool Topology::sends_at_once(PeerId self, bool leads, PeerId origin, PeerId to) const {
  if (origin == to) return false;
  if (in_one_datacenter(self, to)) return leads || origin == self;
  if (shape_ == Shape::ring || (shape_ == Shape::star && datacenter_of(self) == 0)) return true;
  return in_one_datacenter(self, origin);
}

}  // namespace assay::refdb::multi_leader
