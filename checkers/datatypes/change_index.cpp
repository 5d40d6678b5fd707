#include "checkers/datatypes/change_index.h"

#include <algorithm>
#include <tuple>

namespace assay::checkers::datatypes::watch {

namespace {
constexpr OpId kNobody = UINT32_MAX;
constexpr std::size_t kConflictsMax = 1000;
// Of a change: itself, its place in a hash table, in the order of revisions and in its ring.
constexpr std::size_t kBytesPerChange = 2 * sizeof(Change) + DenseIds<std::int64_t>::kBytesEach + 16;
}  // namespace

bool ChangeIndex::split(const Value& value, std::int64_t& revision, Value& content) {
  if (value.kind() == Value::Kind::pair && value.first().is_integer()) {
    revision = value.first().as_integer();
    content = value.second();
    return true;
  }
  if (value.kind() != Value::Kind::list || value.as_list().size() != 2) return false;
  if (!value.as_list()[0].is_integer()) return false;
  revision = value.as_list()[0].as_integer();
  content = value.as_list()[1];
  return true;
}

std::uint32_t ChangeIndex::key_id(Key key) {
  const std::uint32_t id = keys_.add(key);
  if (id == some_write_.size()) {
    some_write_.push_back(kNobody);
    values_.emplace_back();
    origins_.emplace_back();
    revisions_.emplace_back();
  }
  return id;
}

bool ChangeIndex::collect_write(const Operation& op, const Mop& mop, Report& report) {
  const std::uint32_t key = key_id(mop.key);
  if (some_write_[key] == kNobody) some_write_[key] = op.id;
  const std::uint32_t id = values_[key].add(mop.argument);
  if (id == origins_[key].size()) origins_[key].emplace_back();
  Origin& origin = origins_[key][id];
  if (op.outcome == Outcome::fail) {
    origin.failed = op.id;
  } else if (origin.written_by == kNobody) {
    origin.written_by = op.id;
  }
  if (op.outcome != Outcome::ok || !mop.result.is_integer()) return true;
  return note(key, mop.result.as_integer(), mop.argument, op.id, report);
}

bool ChangeIndex::build(const History& history, Report& report) {
  for (const Operation op : history.operations()) {
    if (report.spent(op.mops.size())) return false;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::write && !collect_write(op, mop, report)) return false;
      if (mop.fn == Fn::watch && !collect_events(op, mop, report)) return false;
      if (!problem_.empty()) return true;
    }
  }
  return settle(report);
}

bool ChangeIndex::collect_events(const Operation& op, const Mop& mop, Report& report) {
  const std::uint32_t key = key_id(mop.key);
  if (op.outcome != Outcome::ok || mop.result.kind() != Value::Kind::list) return true;
  if (report.spent(mop.result.as_list().size())) return false;
  for (const Value& each : mop.result.as_list()) {
    std::int64_t revision = 0;
    Value value;
    if (each.is_integer()) continue;
    if (!split(each, revision, value)) {
      problem_ = "operation " + std::to_string(op.id) + " watched " + each.to_string() +
                 ", which is no pair of a revision and a value, and no bookmark";
      return true;
    }
    if (!note(key, revision, value, op.id, report)) return false;
  }
  return true;
}

// What shows a change first is kept; a later one is compared with it.
bool ChangeIndex::note(std::uint32_t key, std::int64_t revision, const Value& value, OpId op,
                       Report& report) {
  Revisions& revisions = revisions_[key];
  const std::uint32_t id = revisions.ids.add(revision);
  if (id == revisions.changes.size()) {
    // Old and new place are held while they grow.
    if (changes_.size() == changes_.capacity() &&
        !report.limits().fits(changes_.capacity() * 2 * sizeof(Change))) {
      return false;
    }
    revisions.changes.push_back(static_cast<std::uint32_t>(changes_.size()));
    changes_.push_back({revision, key, op, value});
    return report.reserve(kBytesPerChange);
  }
  const Change& first = changes_[revisions.changes[id]];
  if (first.value != value && inconsistent_.size() < kConflictsMax) {
    inconsistent_.push_back({key, first, {revision, key, op, value}});
  }
  return true;
}

// Puts the changes in order of key and revision, and ties those of one revision together.
bool ChangeIndex::settle(Report& report) {
  revisions_.clear();
  if (report.spent(changes_.size())) return false;
  std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    return std::tie(a.key, a.revision) < std::tie(b.key, b.revision);
  });
  if (report.spent(changes_.size())) return false;
  const std::size_t count = changes_.size();
  std::vector<std::uint32_t> order(count);
  begin_.assign(keys_.size() + 1, count);
  for (std::size_t i = count; i-- > 0;) {
    order[i] = static_cast<std::uint32_t>(i);
    begin_[changes_[i].key] = i;
  }
  for (std::size_t key = keys_.size(); key-- > 0;) begin_[key] = std::min(begin_[key], begin_[key + 1]);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return changes_[a].revision < changes_[b].revision;
  });
  ring_.resize(count);
  for (std::size_t begin = 0; begin < count;) {
    std::size_t end = begin + 1;
    while (end < count && changes_[order[end]].revision == changes_[order[begin]].revision) ++end;
    for (std::size_t i = begin; i < end; ++i) ring_[order[i]] = order[i + 1 < end ? i + 1 : begin];
    begin = end;
  }
  return !report.spent(count);
}

std::size_t ChangeIndex::first_after(std::uint32_t key, std::int64_t revision, std::size_t hint) const {
  const std::size_t first = begin_[key], last = begin_[key + 1];
  const bool right = hint >= first && hint <= last && (hint == last || changes_[hint].revision > revision) &&
                     (hint == first || changes_[hint - 1].revision <= revision);
  if (right) return hint == last ? size() : hint;
  const auto begin = changes_.begin();
  const auto found =
      std::upper_bound(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last),
                       revision, [](std::int64_t a, const Change& b) { return a < b.revision; });
  const auto number = static_cast<std::size_t>(found - begin);
  return number == last ? size() : number;
}

std::size_t ChangeIndex::number_of(std::uint32_t key, std::int64_t revision) const {
  const auto begin = changes_.begin();
  const auto found = std::lower_bound(begin + static_cast<std::ptrdiff_t>(begin_[key]),
                                      begin + static_cast<std::ptrdiff_t>(begin_[key + 1]), revision,
                                      [](const Change& a, std::int64_t b) { return a.revision < b; });
  return static_cast<std::size_t>(found - begin);
}

ChangeIndex::Origin ChangeIndex::origin(std::uint32_t key, const Value& value) const {
  const std::uint32_t id = values_[key].find(value);
  return id == DenseIds<Value>::kNone ? Origin() : origins_[key][id];
}

}  // namespace assay::checkers::datatypes::watch
