// Which events a replica of a data type has seen: a version vector, and beside it a cloud of dots that came before
// their predecessors (deltas may arrive in any order). The cloud melts into the vector as gaps close, so that the
// context stays bounded by the number of actors and no tombstones are needed. Almeida, Shoker, Baquero, "Delta
// state replicated data types", JPDC 2018, section 7.2.
//
// Thread safety: none. Errors: decoding is total. Complexity: logarithmic per dot.
#pragma once

#include <set>

#include "targets/refdb/clocks/version_vector.h"

namespace assay::refdb::crdt {

using clocks::ActorId;
using clocks::Dot;

class DotContext {
 public:
  bool contains(const Dot& dot) const { return seen_.covers(dot) || cloud_.contains(dot); }
  // The next event of the actor at this replica. Requires: all earlier events of that actor happened here, so that
  // none of them is in the cloud alone.
  Dot next(ActorId actor) const { return {actor, seen_.at(actor) + 1}; }
  void insert(const Dot& dot);
  void merge(const DotContext& other);

  const clocks::VersionVector& seen() const { return seen_; }
  const std::set<Dot>& cloud() const { return cloud_; }

  void write(wire::Writer& writer) const;
  static DotContext read(wire::Reader& reader);

  friend bool operator==(const DotContext&, const DotContext&) = default;

 private:
  void melt();

  clocks::VersionVector seen_;
  std::set<Dot> cloud_;  // never what `seen_` covers, nor its successors
};

}  // namespace assay::refdb::crdt
