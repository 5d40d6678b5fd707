#include "checkers/datatypes/log_index.h"

#include <algorithm>

namespace assay::checkers::datatypes::kafka {

namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::size_t kConflictsMax = 1000;

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

bool sighting_of(const Value& value, const DenseIds<Value>& ids, Sighting& sighting) {
  Value element;
  if (!split(value, sighting.offset, element)) return false;
  sighting.element = ids.find(element);
  return sighting.element != kNone;
}

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
  if (key == logs_.size()) logs_.emplace_back();
  Log& log = logs_[key];
  if (mop.fn == Fn::send) {
    const std::uint32_t id = add_element(log, mop.argument);
    Element& element = log.elements[id];
    if (op.outcome == Outcome::fail) {
      element.failed = op.id;
      return true;
    }
    if (element.sent_by != kNone) {
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
    log.sightings.push_back({element.offset, id, op.id});
    return true;
  }
  if (op.outcome != Outcome::ok) return true;
  if (op.invoked >= final_phase) {
    log.polled_at_end = true;
    log.last_final_poll = op.id;
  }
  if (mop.result.kind() != Value::Kind::list) return true;
  const auto pairs = mop.result.as_list();
  if (report.spent(pairs.size()) || !report.reserve(pairs.size() * sizeof(Sighting) * 2)) return false;
  for (const Value& each : pairs) {
    Sighting sighting{0, kNone, op.id};
    Value element;
    if (!split(each, sighting.offset, element)) {
      problem_ = "operation " + std::to_string(op.id) + " polled " + each.to_string() +
                 ", which is no pair of an offset and an element";
      return true;
    }
    sighting.element = add_element(log, element);
    log.elements[sighting.element].polled = true;
    if (log.furthest.op == kNone || sighting.offset > log.furthest.offset) log.furthest = sighting;
    log.sightings.push_back(sighting);
  }
  return true;
}

// Leaves one sighting for each offset, the earliest, and notes what contradicts another one.
bool LogIndex::settle(std::uint32_t key, Report& report) {
  Log& log = logs_[key];
  std::vector<Sighting>& all = log.sightings;
  if (report.spent(all.size())) return false;
  const auto by_offset = [](const Sighting& a, const Sighting& b) {
    return std::tie(a.offset, a.op, a.element) < std::tie(b.offset, b.op, b.element);
  };
  if (!std::is_sorted(all.begin(), all.end(), by_offset)) std::sort(all.begin(), all.end(), by_offset);
  if (report.spent(all.size())) return false;
  std::vector<std::uint32_t> first_at(log.elements.size(), kNone);  // index into what is kept
  std::vector<Sighting> kept;
  for (const Sighting& sighting : all) {
    if (!kept.empty() && kept.back().offset == sighting.offset) {
      if (kept.back().element != sighting.element && inconsistent_.size() < kConflictsMax) {
        inconsistent_.emplace_back(key, kept.back(), sighting);
      }
      continue;
    }
    std::uint32_t& first = first_at[sighting.element];
    if (first == kNone) {
      first = static_cast<std::uint32_t>(kept.size());
    } else if (duplicates_.size() < kConflictsMax) {
      duplicates_.emplace_back(key, kept[first], sighting);
    }
    kept.push_back(sighting);
  }
  all = std::move(kept);
  return true;
}

std::size_t LogIndex::rank(std::uint32_t key, std::int64_t offset) const {
  const std::vector<Sighting>& all = logs_[key].sightings;
  const auto found = std::lower_bound(all.begin(), all.end(), offset,
                                      [](const Sighting& a, std::int64_t b) { return a.offset < b; });
  return static_cast<std::size_t>(found - all.begin());
}

}  // namespace assay::checkers::datatypes::kafka
