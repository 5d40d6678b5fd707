#include "targets/refdb/clocks/version_vector.h"

#include <algorithm>

namespace assay::refdb::clocks {

void write_dot(wire::Writer& writer, const Dot& dot) {
  writer.number(dot.actor);
  writer.number(dot.counter);
}

Dot read_dot(wire::Reader& reader) {
  Dot dot;
  dot.actor = reader.number();
  dot.counter = reader.number();
  if (dot.counter == 0) reader.fail();
  return dot;
}

std::uint64_t VersionVector::at(ActorId actor) const {
  const auto found = entries_.find(actor);
  return found == entries_.end() ? 0 : found->second;
}

void VersionVector::raise(ActorId actor, std::uint64_t counter) {
  if (counter == 0) return;
  std::uint64_t& entry = entries_[actor];
  entry = std::max(entry, counter);
}

Dot VersionVector::increment(ActorId actor) { return {actor, ++entries_[actor]}; }

bool VersionVector::covers(const VersionVector& other) const {
  return std::all_of(other.entries_.begin(), other.entries_.end(),
                     [this](const auto& entry) { return entry.second <= at(entry.first); });
}

Order VersionVector::compare(const VersionVector& other) const {
  const bool knows_other = covers(other);
  const bool is_known = other.covers(*this);
  if (knows_other && is_known) return Order::equal;
  if (knows_other) return Order::after;
  return is_known ? Order::before : Order::concurrent;
}

void VersionVector::merge(const VersionVector& other) {
  for (const auto& [actor, counter] : other.entries_) raise(actor, counter);
}

std::uint64_t VersionVector::total() const {
  std::uint64_t sum = 0;
  for (const auto& [actor, counter] : entries_) sum += counter;
  return sum;
}

std::string VersionVector::to_string() const {
  std::string result = "[";
  for (const auto& [actor, counter] : entries_) {
    if (result.size() > 1) result += ' ';
    result += std::to_string(actor) + ":" + std::to_string(counter);
  }
  return result + "]";
}

void VersionVector::write(wire::Writer& writer) const {
  writer.number(entries_.size());
  for (const auto& [actor, counter] : entries_) write_dot(writer, {actor, counter});
}

VersionVector VersionVector::read(wire::Reader& reader) {
  VersionVector result;
  const std::uint64_t count = reader.number();
  if (count > kActorsMax || count > reader.left()) reader.fail();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const Dot dot = read_dot(reader);
    const bool in_order = result.entries_.empty() || result.entries_.rbegin()->first < dot.actor;
    if (!reader.ok() || !in_order) {
      reader.fail();
      return {};
    }
    result.entries_.emplace_hint(result.entries_.end(), dot.actor, dot.counter);
  }
  return reader.ok() ? result : VersionVector();
}

}  // namespace assay::refdb::clocks
