#include "targets/refdb/crdt/or_map.h"

#include <utility>

namespace assay::refdb::crdt {

void MapField::collect(DotContext& context) const {
  written.collect(context);
  elements.collect(context);
  counted.collect(context);
}

void MapField::join(const DotContext& seen, const MapField& other, const DotContext& other_seen) {
  written.join(seen, other.written, other_seen);
  elements.join(seen, other.elements, other_seen);
  counted.join(seen, other.counted, other_seen);
}

void MapField::write(wire::Writer& writer) const {
  written.write(writer);
  elements.write(writer);
  counted.write(writer);
}

MapField MapField::read(wire::Reader& reader) {
  MapField result;
  result.written = DotValues<MvRegister::Version>::read(reader);
  result.elements = DotMap<DotSet>::read(reader);
  result.counted = DotValues<CountedAmount>::read(reader);
  return result;
}

const MapField& OrMap::field(const Value& key) const {
  static const MapField kNothing = {};
  const auto found = state_.store.entries.find(key);
  return found == state_.store.entries.end() ? kNothing : found->second;
}

OrMap OrMap::finish(OrMap delta) {
  delta.state_.store.collect(delta.state_.context);
  merge(delta);
  return delta;
}

OrMap OrMap::assign(ActorId actor, const Value& key, Value value, HybridTime time) {
  OrMap delta;
  field(key).written.collect(delta.state_.context);
  delta.state_.store.entries[key].written.values.emplace(state_.context.next(actor),
                                                         MvRegister::Version{std::move(value), time});
  return finish(std::move(delta));
}

OrMap OrMap::add_element(ActorId actor, const Value& key, const Value& element) {
  OrMap delta;
  const auto& elements = field(key).elements.entries;
  if (const auto found = elements.find(element); found != elements.end()) {
    found->second.collect(delta.state_.context);
  }
  delta.state_.store.entries[key].elements.entries[element].dots.insert(state_.context.next(actor));
  return finish(std::move(delta));
}

OrMap OrMap::remove_element(const Value& key, const Value& element) {
  OrMap delta;
  const auto& elements = field(key).elements.entries;
  if (const auto found = elements.find(element); found != elements.end()) {
    found->second.collect(delta.state_.context);
  }
  return finish(std::move(delta));
}

OrMap OrMap::count(ActorId actor, const Value& key, std::int64_t amount) {
  OrMap delta;
  auto total = static_cast<std::uint64_t>(amount);
  for (const auto& [dot, entry] : field(key).counted.values) {
    if (dot.actor != actor) continue;
    total += static_cast<std::uint64_t>(entry.amount);
    delta.state_.context.insert(dot);
  }
  delta.state_.store.entries[key].counted.values.emplace(state_.context.next(actor),
                                                         CountedAmount{static_cast<std::int64_t>(total)});
  return finish(std::move(delta));
}

OrMap OrMap::remove(const Value& key) {
  OrMap delta;
  field(key).collect(delta.state_.context);
  return finish(std::move(delta));
}

std::vector<Value> OrMap::keys() const {
  std::vector<Value> result;
  for (const auto& [key, field] : state_.store.entries) result.push_back(key);
  return result;
}

std::vector<Value> OrMap::values(const Value& key) const {
  std::vector<Value> result;
  for (const auto& [dot, version] : field(key).written.values) result.push_back(version.value);
  return result;
}

std::vector<Value> OrMap::elements(const Value& key) const {
  std::vector<Value> result;
  for (const auto& [element, dots] : field(key).elements.entries) result.push_back(element);
  return result;
}

std::int64_t OrMap::counted(const Value& key) const {
  std::uint64_t sum = 0;
  for (const auto& [dot, entry] : field(key).counted.values) sum += static_cast<std::uint64_t>(entry.amount);
  return static_cast<std::int64_t>(sum);
}

OrMap OrMap::read(wire::Reader& reader) {
  OrMap result;
  result.state_ = Causal<DotMap<MapField>>::read(reader);
  return result;
}

}  // namespace assay::refdb::crdt
