#include "targets/refdb/crdt/registers.h"

namespace assay::refdb::crdt {

void LwwRegister::write(wire::Writer& writer) const {
  clocks::write_time(writer, stamp_.time);
  writer.number(stamp_.dot.actor);
  writer.number(stamp_.dot.counter);
  wire::write_value(writer, value_);
}

LwwRegister LwwRegister::read(wire::Reader& reader) {
  LwwRegister result;
  result.stamp_.time = clocks::read_time(reader);
  result.stamp_.dot.actor = reader.number();
  result.stamp_.dot.counter = reader.number();
  result.value_ = wire::read_value(reader);
  return reader.ok() ? result : LwwRegister();
}

void MvRegister::Version::write(wire::Writer& writer) const {
  wire::write_value(writer, value);
  clocks::write_time(writer, time);
}

MvRegister::Version MvRegister::Version::read(wire::Reader& reader) {
  Version result;
  result.value = wire::read_value(reader);
  result.time = clocks::read_time(reader);
  return result;
}

MvRegister MvRegister::assign(ActorId actor, Value value, HybridTime time) {
  std::set<Dot> all;
  for (const auto& [dot, version] : versions()) all.insert(dot);
  return replace(actor, all, std::move(value), time);
}

MvRegister MvRegister::replace(ActorId actor, const std::set<Dot>& replaced, Value value, HybridTime time) {
  MvRegister delta;
  for (const Dot& dot : replaced) {
    if (state_.context.contains(dot)) delta.state_.context.insert(dot);
  }
  const Dot dot = state_.context.next(actor);
  delta.state_.context.insert(dot);
  delta.state_.store.values.emplace(dot, Version{std::move(value), time});
  merge(delta);
  return delta;
}

MvRegister MvRegister::read(wire::Reader& reader) {
  MvRegister result;
  result.state_ = Causal<DotValues<Version>>::read(reader);
  return result;
}

}  // namespace assay::refdb::crdt
