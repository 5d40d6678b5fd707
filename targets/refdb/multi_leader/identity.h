// Actors, as dots and version vectors name them: a node and its incarnation. A node that finds its storage empty, because it is
// new or because its data was lost, takes a new incarnation: under the old one it may have numbered updates that it no longer
// knows, and a number of an actor must never mean two updates. Old incarnations stay in the version vectors.
//
// Thread safety: pure. An incarnation is drawn from 32 bits: of a node that is wiped a hundred times, two are equal with a
// probability of one in a million.
#pragma once

#include <cstdint>

#include "harness/core/rng.h"
#include "targets/refdb/clocks/version_vector.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

constexpr PeerId node_of(clocks::ActorId actor) { return static_cast<PeerId>(actor & 0xffff); }

inline clocks::ActorId new_actor(const ReplicaConfig& config, LocalTime now) {
  const Rng rng = Rng(config.seed)
                      .fork("wall", static_cast<std::uint64_t>(now.wall))
                      .fork("monotonic", static_cast<std::uint64_t>(now.monotonic));
  return (Rng(rng).fork("incarnation", config.self).below(std::uint64_t{1} << 32) << 16) | config.self;
}

}  // namespace assay::refdb::multi_leader
