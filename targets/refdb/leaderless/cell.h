// What one replica knows of one key: the versions that nobody overwrote, each with a dot of its own, and the context that they
// were written in (dotted version vectors: clocks/dotted.h). A removed key has a version without a value (a tombstone).
//
// Or the key is a data type that merges (conflicts=crdt): then the cell has that instead of versions.
//
// Merging is commutative, associative and idempotent, so cells may arrive in any order, late and twice.
//
// Thread safety: none. Errors: decoding is total; the reader fails. Complexity: linear in versions and actors.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "harness/core/value.h"
#include "targets/refdb/clocks/dotted.h"
#include "targets/refdb/clocks/hybrid.h"
#include "targets/refdb/clocks/version_vector.h"
#include "targets/refdb/crdt/cell.h"
#include "targets/refdb/wire/bytes.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::leaderless {

struct Version {
  clocks::HybridTime time;
  Value value;  // nil: the key was removed

  friend bool operator==(const Version&, const Version&) = default;
};

class Cell {
 public:
  static constexpr std::size_t kVersionsMax = 1024;  // in decoded bytes

  // A write by somebody who has read `context`, named by the actor's next dot.
  clocks::Dot write(clocks::ActorId actor, const clocks::VersionVector& context, Version version) {
    return versions_.write(actor, context, std::move(version));
  }
  void merge(const Cell& other) {
    versions_.merge(other.versions_);
    data_.merge(other.data_);
  }
  // An operation on the data type; when ok, `change` is what others have to merge. Requires: cas is met; all earlier operations of
  // the stamp's actor happened here.
  wire::Status operate(const Mop& mop, const crdt::Stamp& stamp, Cell& change);
  // Last write wins: only the version of the latest time stays, of equal ones that of the higher dot.
  void keep_latest();

  bool empty() const { return versions().empty() && context().empty() && data_.untouched(); }
  const std::map<clocks::Dot, Version>& versions() const { return versions_.versions(); }
  const clocks::VersionVector& context() const { return versions_.context(); }
  // Of all that is stamped in it; zero when nothing is.
  clocks::HybridTime latest() const;
  // What a read gives: that of the data type; or nil, the value, or where there are siblings a list of them; sets (lists) that
  // are siblings become one.
  Value result() const;
  // The same for the same versions and context.
  std::uint64_t digest() const;

  void write_to(wire::Writer& writer) const;
  static Cell read_from(wire::Reader& reader);

  friend bool operator==(const Cell&, const Cell&) = default;

 private:
  clocks::DottedVersions<Version> versions_;
  crdt::Cell data_;
};

}  // namespace assay::refdb::leaderless
