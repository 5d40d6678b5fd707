#include "checkers/datatypes/log_index.h"

#include <algorithm>

namespace assay::checkers::datatypes::kafka {

namespace {

constexpr std::uint32_t kNotLogged = UINT32_MAX;
constexpr std::size_t kConflictsMax = 1000;
// Of an offset: its sighting, its place in two hash tables, what stands there.
constexpr std::size_t kBytesPerOffset = 2 * sizeof(Sighting) + DenseIds<std::int64_t>::kBytesEach +
                                        DenseIds<Value>::kBytesEach + 2 * sizeof(Element);

bool split(const Value& value, std::int64_t& offset, Value& element) {
  if (value.kind() == Value::Kind::pair && value.first().is_integer()) {
    offset = value.first().as_integer();
    element = value.second();
    return true;
  }
  if (value.kind() != Value::Kind::list || value.as_list().size() != 2) return false;
  if (!value.as_list()[0].is_integer()) return false;
  offset = value.as_list()[0].as_integer();
  element = value.as_list()[1];
  return true;
}

std::uint32_t add_element(Log& log, const Value& value) {
  const std::uint32_t id = log.ids.add(value);
  if (id == log.elements.size()) log.elements.emplace_back();
  return id;
}

Nanos final_phase_of(const History& history) {
  Nanos begin = kNever;
  for (const FaultEvent& event : history.fault_events()) {
    const Value* const name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    if (name == nullptr || name->kind() != Value::Kind::text) continue;
    if (name->as_text() == "final-reads") begin = event.began;
  }
  return begin;
}

}  // namespace

bool LogIndex::build(const History& history, Report& report) {
  const Nanos final_phase = final_phase_of(history);
  for (const Operation op : history.operations()) {
    if (report.spent(op.mops.size())) return false;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::send && mop.fn != Fn::poll) {
        problem_ = "operation " + std::to_string(op.id) + " is neither a send nor a poll";
        return true;
      }
      if (!collect(op, mop, final_phase, report)) return false;
      if (!problem_.empty()) return true;
    }
  }
  for (std::uint32_t key = 0; key < logs_.size(); ++key) {
    if (!settle(key, report)) return false;
  }
  return true;
}

bool LogIndex::collect(const Operation& op, const Mop& mop, Nanos final_phase, Report& report) {
  const std::uint32_t key = keys_.add(mop.key);
  if (key == logs_.size()) logs_.emplace_back(), offsets_.emplace_back();
  Log& log = logs_[key];
  if (mop.fn == Fn::send) {
    const std::uint32_t id = add_element(log, mop.argument);
    Element& element = log.elements[id];
    if (op.outcome == Outcome::fail) {
      element.failed = op.id;
      return true;
    }
    if (element.sent_by != kNotLogged) {
      problem_ = "element " + mop.argument.to_string() + " is sent twice, by operations " +
                 std::to_string(element.sent_by) + " and " + std::to_string(op.id);
      return true;
    }
    element.sent_by = op.id;
    if (op.outcome != Outcome::ok) return true;
    element.acknowledged = op.id;
    if (!mop.result.is_integer()) return true;
    element.has_offset = true;
    element.offset = mop.result.as_integer();
    return note(key, element.offset, mop.argument, op.id, report);
  }
  if (op.outcome != Outcome::ok) return true;
  if (op.invoked >= final_phase) {
    log.polled_at_end = true;
    log.last_final_poll = op.id;
  }
  return mop.result.kind() != Value::Kind::list || collect_poll(key, op, mop, report);
}

bool LogIndex::collect_poll(std::uint32_t key, const Operation& op, const Mop& mop, Report& report) {
  Log& log = logs_[key];
  if (report.spent(mop.result.as_list().size())) return false;
  for (const Value& each : mop.result.as_list()) {
    std::int64_t offset = 0;
    Value element;
    if (!split(each, offset, element)) {
      problem_ = "operation " + std::to_string(op.id) + " polled " + each.to_string() +
                 ", which is no pair of an offset and an element";
      return true;
    }
    if (log.furthest.op == kNotLogged || offset > log.furthest.offset) {
      log.furthest = {offset, add_element(log, element), op.id};
    }
    if (!note(key, offset, element, op.id, report)) return false;
  }
  return true;
}

// The first sighting of an offset is kept; a later one is compared with it.
bool LogIndex::note(std::uint32_t key, std::int64_t offset, const Value& value, OpId op, Report& report) {
  Log& log = logs_[key];
  Offsets& offsets = offsets_[key];
  const std::uint32_t id = offsets.ids.add(offset);
  if (id == offsets.earliest.size()) {
    offsets.earliest.push_back({offset, add_element(log, value), op});
    return report.reserve(kBytesPerOffset);
  }
  const Sighting& earliest = offsets.earliest[id];
  if (log.ids[earliest.element] == value) return true;
  if (inconsistent_.size() < kConflictsMax) {
    inconsistent_.emplace_back(key, earliest, Sighting{offset, add_element(log, value), op});
  } else {
    add_element(log, value);
  }
  return true;
}

// Puts the offsets in order, and notes which element stands at two of them.
bool LogIndex::settle(std::uint32_t key, Report& report) {
  Log& log = logs_[key];
  log.sightings = std::move(offsets_[key].earliest);
  offsets_[key] = {};
  std::vector<Sighting>& all = log.sightings;
  if (report.spent(all.size())) return false;
  const auto by_offset = [](const Sighting& a, const Sighting& b) { return a.offset < b.offset; };
  if (!std::is_sorted(all.begin(), all.end(), by_offset)) std::sort(all.begin(), all.end(), by_offset);
  std::vector<std::uint32_t> first_at(log.elements.size(), kNotLogged);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::uint32_t& first = first_at[all[i].element];
    if (first == kNotLogged) {
      first = static_cast<std::uint32_t>(i);
    } else if (duplicates_.size() < kConflictsMax) {
      duplicates_.emplace_back(key, all[first], all[i]);
    }
  }
  return !report.spent(all.size());
}

std::size_t LogIndex::rank(std::uint32_t key, std::int64_t offset, std::size_t hint) const {
  const std::vector<Sighting>& all = logs_[key].sightings;
  if (hint < all.size() && all[hint].offset == offset) return hint;
  const auto found = std::lower_bound(all.begin(), all.end(), offset,
                                      [](const Sighting& a, std::int64_t b) { return a.offset < b; });
  return static_cast<std::size_t>(found - all.begin());
}

Sighting LogIndex::sighting_of(std::uint32_t key, const Value& found, std::size_t hint,
                               std::size_t& rank_found) const {
  const Log& log = logs_[key];
  Sighting sighting;
  Value element;
  split(found, sighting.offset, element);
  rank_found = rank(key, sighting.offset, hint);
  const std::uint32_t expected = log.sightings[rank_found].element;
  sighting.element = log.ids[expected] == element ? expected : log.ids.find(element);
  return sighting;
}

}  // namespace assay::checkers::datatypes::kafka
