// What a history shows of the changes of its keys: at which revision each key changed and to what, from all
// watches together and from writes that returned their revision. Used by the checker "watch".
//
// Thread safety: none. Complexity: linear in the events, and a sort of the changes. Memory: about 150 bytes a
// change, however often it was watched.
#pragma once

#include <cstdint>
#include <string>
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
  const Change& change(std::size_t number) const { return changes_[number]; }
  // The number of the first change of a key after a revision; `hint` is tried first. size() if there is none.
  std::size_t first_after(std::uint32_t key, std::int64_t revision, std::size_t hint) const;
  // The number of a change. Requires: it is one.
  std::size_t number_of(std::uint32_t key, std::int64_t revision) const;
  // The changes of one revision form a ring; this is the next in it.
  std::uint32_t next_of_revision(std::size_t number) const { return ring_[number]; }
  const std::vector<Conflict>& inconsistent() const { return inconsistent_; }

  bool has_writes(std::uint32_t key) const { return some_write_[key] != UINT32_MAX; }
  OpId some_write(std::uint32_t key) const { return some_write_[key]; }
  Origin origin(std::uint32_t key, const Value& value) const;

 private:
  std::uint32_t key_id(Key key);
  bool collect_write(const Operation& op, const Mop& mop, Report& report);
  bool collect_events(const Operation& op, const Mop& mop, Report& report);
  bool note(std::uint32_t key, std::int64_t revision, const Value& value, OpId op, Report& report);
  bool settle(Report& report);

  DenseIds<Key> keys_;
  // While it is built: each revision once, by key, with the place of its change.
  struct Revisions {
    DenseIds<std::int64_t> ids;
    std::vector<std::uint32_t> changes;
  };
  std::vector<Revisions> revisions_;
  std::vector<Change> changes_;     // in order of key and revision, one for each
  std::vector<std::size_t> begin_;  // of each key's changes, and the end
  std::vector<std::uint32_t> ring_;
  std::vector<Conflict> inconsistent_;
  std::vector<OpId> some_write_;
  std::vector<DenseIds<Value>> values_;  // written, by key
  std::vector<std::vector<Origin>> origins_;
  std::string problem_;
};

}  // namespace assay::checkers::datatypes::watch
