// What a history shows of the changes of its keys: at which revision each key changed and to what, from all
// watches together and from writes that returned their revision. Used by the checker "watch".
//
// Thread safety: none. Complexity: n log n in the events. Memory: about 60 bytes an event.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"
#include "harness/core/history.h"

namespace assay::checkers::datatypes::watch {

struct Change {
  std::int64_t revision = 0;
  std::uint32_t key = 0;
  OpId op = 0;  // that shows it
  Value value;
};

class ChangeIndex {
 public:
  struct Conflict {
    std::uint32_t key = 0;
    Change one, other;
  };
  // Who brought a value; UINT32_MAX: nobody.
  struct Origin {
    OpId written_by = UINT32_MAX;  // did not fail
    OpId failed = UINT32_MAX;
  };

  // (revision, value), a pair or a list of two. False if the value is neither.
  static bool split(const Value& value, std::int64_t& revision, Value& content);

  // False when the budget of the report is spent.
  bool build(const History& history, Report& report);
  const std::string& problem() const { return problem_; }

  const DenseIds<Key>& keys() const { return keys_; }
  std::size_t size() const { return changes_.size(); }
  const Change& change(std::uint64_t number) const { return changes_[number]; }
  // The first change of a key after a revision, or null.
  const Change* first_after(std::uint32_t key, std::int64_t revision) const;
  // The number of a change. Requires: it is one.
  std::uint64_t number_of(std::uint32_t key, std::int64_t revision) const;
  // The keys that changed at a revision, with the numbers of the changes.
  std::span<const std::pair<std::uint32_t, std::uint64_t>> keys_at(std::int64_t revision) const;
  const std::vector<Conflict>& inconsistent() const { return inconsistent_; }

  bool has_writes(std::uint32_t key) const { return some_write_[key] != UINT32_MAX; }
  OpId some_write(std::uint32_t key) const { return some_write_[key]; }
  Origin origin(std::uint32_t key, const Value& value) const;

 private:
  std::uint32_t key_id(Key key);
  void collect_write(const Operation& op, const Mop& mop);
  bool settle(Report& report);

  DenseIds<Key> keys_;
  std::vector<Change> changes_;          // in order of key and revision, one for each
  std::vector<std::size_t> begin_;       // of each key's changes, and the end
  std::vector<std::int64_t> revisions_;  // in order; equal ones side by side with the pairs below
  std::vector<std::pair<std::uint32_t, std::uint64_t>> keys_by_revision_;
  std::vector<Conflict> inconsistent_;
  std::vector<OpId> some_write_;
  std::vector<DenseIds<Value>> values_;  // written, by key
  std::vector<std::vector<Origin>> origins_;
  std::string problem_;
};

}  // namespace assay::checkers::datatypes::watch
