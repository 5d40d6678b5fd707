#include "targets/refdb/leaderless/cell.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/crdt/data_types.h"
#include "targets/refdb/wire/values.h"

namespace assay::refdb::leaderless {

void Cell::keep_latest() {
  const auto& all = versions_.versions();
  if (all.size() < 2) return;
  const auto latest = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.time, a.first) < std::pair(b.second.time, b.first);
  });
  versions_.keep_only(latest->first);
}

wire::Status Cell::operate(const Mop& mop, const crdt::Stamp& stamp, Cell& change) {
  const wire::Status status = crdt::change_data_type(data_, mop, stamp, false, change.data_);
  // A text must not arrive before what it continues, so all of it travels.
  if (!change.data_.text.untouched()) change.data_.text = data_.text;
  return status;
}

clocks::HybridTime Cell::latest() const {
  clocks::HybridTime latest = std::max(clocks::HybridTime(), data_.written.stamp().time);
  if (!data_.appended.empty()) latest = std::max(latest, data_.appended.last().time);
  for (const auto& [dot, version] : versions()) latest = std::max(latest, version.time);
  return latest;
}

Value Cell::result() const {
  if (!data_.untouched()) return crdt::data_type_value(data_);
  std::vector<Value> values;
  bool all_sets = true;
  for (const auto& [dot, version] : versions()) {
    if (version.value.is_nil()) continue;
    all_sets = all_sets && version.value.kind() == Value::Kind::list;
    values.push_back(version.value);
  }
  if (values.empty()) return Value();
  if (values.size() == 1) return values.front();
  std::vector<Value> merged;
  if (all_sets) {
    for (const Value& value : values) {
      const auto elements = value.as_list();
      merged.insert(merged.end(), elements.begin(), elements.end());
    }
  } else {
    merged = std::move(values);
  }
  std::sort(merged.begin(), merged.end());
  merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
  return merged.size() == 1 && !all_sets ? merged.front() : Value::list(std::move(merged));
}

std::uint64_t Cell::digest() const {
  std::string bytes;
  wire::Writer writer(bytes);
  write_to(writer);
  return stable_hash(bytes);
}

void Cell::write_to(wire::Writer& writer) const {
  context().write(writer);
  writer.number(versions().size());
  for (const auto& [dot, version] : versions()) {
    clocks::write_dot(writer, dot);
    clocks::write_time(writer, version.time);
    wire::write_value(writer, version.value);
  }
  data_.write(writer);
}

Cell Cell::read_from(wire::Reader& reader) {
  clocks::VersionVector context = clocks::VersionVector::read(reader);
  // Far from overflow, so that there is always a next dot.
  constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 62;
  for (const auto& [actor, counter] : context.entries()) {
    if (counter > kNumberMax) reader.fail();
  }
  const std::uint64_t count = reader.number();
  if (count > kVersionsMax) reader.fail();
  std::map<clocks::Dot, Version> versions;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const clocks::Dot dot = clocks::read_dot(reader);
    Version version;
    version.time = clocks::read_time(reader);
    version.value = wire::read_value(reader);
    // In its one form: in order, each once, and known to the context.
    if (!context.covers(dot) || (!versions.empty() && !(versions.rbegin()->first < dot))) reader.fail();
    versions.emplace(dot, std::move(version));
  }
  Cell cell;
  cell.data_ = crdt::Cell::read(reader);
  if (reader.ok()) cell.versions_ = {std::move(context), std::move(versions)};
  return cell;
}

}  // namespace assay::refdb::leaderless
