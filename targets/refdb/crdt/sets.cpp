#include "targets/refdb/crdt/sets.h"

namespace assay::refdb::crdt {

GSet GSet::add(const Value& element) {
  GSet delta;
  delta.elements_.insert(element);
  elements_.insert(element);
  return delta;
}

void GSet::write(wire::Writer& writer) const {
  writer.number(elements_.size());
  for (const Value& element : elements_) wire::write_value(writer, element);
}

GSet GSet::read(wire::Reader& reader) {
  GSet result;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Value element = wire::read_value(reader);
    if (!result.elements_.empty() && !(*result.elements_.rbegin() < element)) reader.fail();
    result.elements_.insert(result.elements_.end(), std::move(element));
  }
  return reader.ok() ? result : GSet();
}

// The new dot replaces those of the additions that this replica has seen, so that an element has one dot at rest.
OrSet OrSet::add(ActorId actor, const Value& element) {
  OrSet delta = remove(element);
  const Dot dot = state_.context.next(actor);
  delta.state_.store.entries[element].dots.insert(dot);
  delta.state_.context.insert(dot);
  merge(delta);
  return delta;
}

OrSet OrSet::remove(const Value& element) {
  OrSet delta;
  const auto found = state_.store.entries.find(element);
  if (found != state_.store.entries.end()) found->second.collect(delta.state_.context);
  merge(delta);
  return delta;
}

OrSet OrSet::remove_unseen(ActorId self, const Value& element) {
  OrSet delta = remove(element);
  for (const auto& [actor, counter] : state_.context.seen().entries()) {
    if (actor != self) delta.state_.context.insert({actor, counter + 1});
  }
  merge(delta);
  return delta;
}

std::vector<Value> OrSet::elements() const {
  std::vector<Value> result;
  result.reserve(state_.store.entries.size());
  for (const auto& [element, dots] : state_.store.entries) result.push_back(element);
  return result;
}

OrSet OrSet::read(wire::Reader& reader) {
  OrSet result;
  result.state_ = Causal<DotMap<DotSet>>::read(reader);
  return result;
}

}  // namespace assay::refdb::crdt
