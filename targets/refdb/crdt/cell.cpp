#include "targets/refdb/crdt/cell.h"

namespace assay::refdb::crdt {

AppendedList AppendedList::append(const Stamp& stamp, const Value& element) {
  AppendedList delta;
  delta.elements_.emplace(stamp, element);
  merge(delta);
  return delta;
}

std::vector<Value> AppendedList::elements() const {
  std::vector<Value> result;
  result.reserve(elements_.size());
  for (const auto& [stamp, element] : elements_) result.push_back(element);
  return result;
}

void AppendedList::write(wire::Writer& writer) const {
  writer.number(elements_.size());
  for (const auto& [stamp, element] : elements_) LwwRegister(element, stamp).write(writer);
}

AppendedList AppendedList::read(wire::Reader& reader) {
  AppendedList result;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const LwwRegister element = LwwRegister::read(reader);
    const auto& elements = result.elements_;
    if (!elements.empty() && !(elements.rbegin()->first < element.stamp())) reader.fail();
    if (reader.ok()) result.elements_.emplace_hint(elements.end(), element.stamp(), element.value());
  }
  return reader.ok() ? result : AppendedList();
}

void Cell::merge(const Cell& other) {
  written.merge(other.written);
  versions.merge(other.versions);
  counter.merge(other.counter);
  elements.merge(other.elements);
  appended.merge(other.appended);
  text.merge(other.text);
}

bool Cell::untouched() const {
  static const Cell kNothing = {};
  return *this == kNothing;
}

namespace {

// Most cells have one part: a bit says whether it is there.
template <typename T>
void write_part(wire::Writer& writer, const T& part) {
  if (!(part == T())) part.write(writer);
}

template <typename T>
void read_part(wire::Reader& reader, bool there, T& part) {
  if (!there) return;
  part = T::read(reader);
  if (part == T()) reader.fail();
}

template <typename T>
unsigned bit_of(const T& part, unsigned bit) {
  return part == T() ? 0 : 1u << bit;
}

}  // namespace

void Cell::write(wire::Writer& writer) const {
  writer.byte(static_cast<std::uint8_t>(bit_of(written, 0) | bit_of(versions, 1) | bit_of(counter, 2) |
                                        bit_of(elements, 3) | bit_of(appended, 4) | bit_of(text, 5)));
  write_part(writer, written);
  write_part(writer, versions);
  write_part(writer, counter);
  write_part(writer, elements);
  write_part(writer, appended);
  write_part(writer, text);
}

Cell Cell::read(wire::Reader& reader) {
  Cell result;
  const unsigned parts = reader.byte();
  if (parts >= 1u << 6) reader.fail();
  read_part(reader, (parts & 1) != 0, result.written);
  read_part(reader, (parts & 2) != 0, result.versions);
  read_part(reader, (parts & 4) != 0, result.counter);
  read_part(reader, (parts & 8) != 0, result.elements);
  read_part(reader, (parts & 16) != 0, result.appended);
  read_part(reader, (parts & 32) != 0, result.text);
  return reader.ok() ? result : Cell();
}

}  // namespace assay::refdb::crdt
