#include "checkers/datatypes/change_index.h"

#include <algorithm>
#include <tuple>

namespace assay::checkers::datatypes::watch {

namespace {
constexpr OpId kNobody = UINT32_MAX;
constexpr std::size_t kConflictsMax = 1000;
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
  }
  return id;
}

void ChangeIndex::collect_write(const Operation& op, const Mop& mop) {
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
  if (op.outcome == Outcome::ok && mop.result.is_integer()) {
    changes_.push_back({mop.result.as_integer(), key, op.id, mop.argument});
  }
}

bool ChangeIndex::build(const History& history, Report& report) {
  for (const Operation op : history.operations()) {
    if (report.spent(op.mops.size())) return false;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::write) collect_write(op, mop);
      if (mop.fn != Fn::watch) continue;
      const std::uint32_t key = key_id(mop.key);
      if (op.outcome != Outcome::ok || mop.result.kind() != Value::Kind::list) continue;
      const auto events = mop.result.as_list();
      if (report.spent(events.size()) || !report.reserve(events.size() * (sizeof(Change) + 32))) return false;
      for (const Value& each : events) {
        Change change{0, key, op.id, {}};
        if (each.is_integer()) continue;
        if (!split(each, change.revision, change.value)) {
          problem_ = "operation " + std::to_string(op.id) + " watched " + each.to_string() +
                     ", which is no pair of a revision and a value, and no bookmark";
          return true;
        }
        changes_.push_back(std::move(change));
      }
    }
  }
  return settle(report);
}

// Leaves one change for each key and revision, and notes what contradicts another one.
bool ChangeIndex::settle(Report& report) {
  if (report.spent(changes_.size())) return false;
  std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    return std::tie(a.key, a.revision, a.op) < std::tie(b.key, b.revision, b.op);
  });
  if (report.spent(changes_.size())) return false;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    Change& change = changes_[i];
    if (kept > 0 && changes_[kept - 1].key == change.key && changes_[kept - 1].revision == change.revision) {
      if (changes_[kept - 1].value != change.value && inconsistent_.size() < kConflictsMax) {
        inconsistent_.push_back({change.key, changes_[kept - 1], change});
      }
      continue;
    }
    if (kept != i) changes_[kept] = std::move(change);
    ++kept;
  }
  changes_.resize(kept);
  std::vector<std::uint32_t> order(kept);
  begin_.assign(keys_.size() + 1, kept);
  for (std::size_t i = kept; i-- > 0;) {
    order[i] = static_cast<std::uint32_t>(i);
    begin_[changes_[i].key] = i;
  }
  for (std::size_t key = keys_.size(); key-- > 0;) begin_[key] = std::min(begin_[key], begin_[key + 1]);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return changes_[a].revision < changes_[b].revision;
  });
  for (const std::uint32_t number : order) {
    revisions_.push_back(changes_[number].revision);
    keys_by_revision_.emplace_back(changes_[number].key, number);
  }
  return !report.spent(kept);
}

const Change* ChangeIndex::first_after(std::uint32_t key, std::int64_t revision) const {
  const auto begin = changes_.begin() + static_cast<std::ptrdiff_t>(begin_[key]);
  const auto end = changes_.begin() + static_cast<std::ptrdiff_t>(begin_[key + 1]);
  const auto found =
      std::upper_bound(begin, end, revision, [](std::int64_t a, const Change& b) { return a < b.revision; });
  return found == end ? nullptr : &*found;
}

std::uint64_t ChangeIndex::number_of(std::uint32_t key, std::int64_t revision) const {
  const auto begin = changes_.begin() + static_cast<std::ptrdiff_t>(begin_[key]);
  const auto end = changes_.begin() + static_cast<std::ptrdiff_t>(begin_[key + 1]);
  const auto found =
      std::lower_bound(begin, end, revision, [](const Change& a, std::int64_t b) { return a.revision < b; });
  return static_cast<std::uint64_t>(found - changes_.begin());
}

std::span<const std::pair<std::uint32_t, std::uint64_t>> ChangeIndex::keys_at(std::int64_t revision) const {
  const auto [first, last] = std::equal_range(revisions_.begin(), revisions_.end(), revision);
  return std::span(keys_by_revision_)
      .subspan(static_cast<std::size_t>(first - revisions_.begin()), static_cast<std::size_t>(last - first));
}

ChangeIndex::Origin ChangeIndex::origin(std::uint32_t key, const Value& value) const {
  const std::uint32_t id = values_[key].find(value);
  return id == DenseIds<Value>::kNone ? Origin() : origins_[key][id];
}

}  // namespace assay::checkers::datatypes::watch
