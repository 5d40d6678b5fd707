// Counters: grow-only and up-and-down. Each actor counts in an entry of its own, so entries merge by maximum and no
// increment is lost or counted twice. Shapiro, Preguiça, Baquero, Zawirski, "A comprehensive study of convergent
// and commutative replicated data types", INRIA 7506, 2011, sections 3.1.1 and 3.1.3.
//
// Thread safety: none. Errors: decoding is total; sums wrap around. Complexity: linear in actors.
#pragma once

#include <cstdint>

#include "targets/refdb/clocks/version_vector.h"

namespace assay::refdb::crdt {

using clocks::ActorId;

class GCounter {
 public:
  // Updates this and returns the delta that other replicas merge.
  GCounter increment(ActorId actor, std::uint64_t by = 1);
  void merge(const GCounter& other) { counts_.merge(other.counts_); }
  std::uint64_t value() const { return counts_.total(); }
  const clocks::VersionVector& counts() const { return counts_; }

  void write(wire::Writer& writer) const { counts_.write(writer); }
  static GCounter read(wire::Reader& reader);
  friend bool operator==(const GCounter&, const GCounter&) = default;

 private:
  clocks::VersionVector counts_;
};

class PnCounter {
 public:
  PnCounter add(ActorId actor, std::int64_t amount);
  void merge(const PnCounter& other) {
    ups_.merge(other.ups_);
    downs_.merge(other.downs_);
  }
  std::int64_t value() const { return static_cast<std::int64_t>(ups_.value() - downs_.value()); }
  bool empty() const { return ups_.counts().empty() && downs_.counts().empty(); }

  void write(wire::Writer& writer) const {
    ups_.write(writer);
    downs_.write(writer);
  }
  static PnCounter read(wire::Reader& reader);
  friend bool operator==(const PnCounter&, const PnCounter&) = default;

 private:
  GCounter ups_, downs_;
};

}  // namespace assay::refdb::crdt
