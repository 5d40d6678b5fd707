#include "targets/refdb/crdt/counters.h"

namespace assay::refdb::crdt {

GCounter GCounter::increment(ActorId actor, std::uint64_t by) {
  GCounter delta;
  delta.counts_.raise(actor, counts_.at(actor) + by);
  merge(delta);
  return delta;
}

GCounter GCounter::read(wire::Reader& reader) {
  GCounter result;
  result.counts_ = clocks::VersionVector::read(reader);
  return result;
}

PnCounter PnCounter::add(ActorId actor, std::int64_t amount) {
  PnCounter delta;
  const auto size = static_cast<std::uint64_t>(amount);
  if (amount >= 0) {
    delta.ups_ = ups_.increment(actor, size);
  } else {
    delta.downs_ = downs_.increment(actor, 0 - size);
  }
  return delta;
}

PnCounter PnCounter::read(wire::Reader& reader) {
  PnCounter result;
  result.ups_ = GCounter::read(reader);
  result.downs_ = GCounter::read(reader);
  return result;
}

}  // namespace assay::refdb::crdt
