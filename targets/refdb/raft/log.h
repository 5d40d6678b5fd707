// The log in memory: entries behind a compacted prefix, and which of them changed since storage was last told.
//
// Thread safety: none. Complexity: constant per entry.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "targets/refdb/raft/types.h"

namespace assay::refdb::raft {

class Log {
 public:
  Log() = default;
  // As storage holds it; `last_row` is the largest index that storage has a row for.
  Log(Index compacted_index, Term compacted_term, std::vector<Entry> entries, Index last_row);

  Index first_index() const { return compacted_index_ + 1; }  // of the first entry that is still there
  Index last_index() const { return compacted_index_ + entries_.size(); }
  Term last_term() const { return entries_.empty() ? compacted_term_ : entries_.back().term; }
  Index compacted_index() const { return compacted_index_; }
  Term compacted_term() const { return compacted_term_; }

  // Nothing when the entry is compacted away (but for the last such) or not there yet.
  std::optional<Term> term_at(Index index) const;
  bool matches(Index index, Term term) const { return term_at(index) == term; }
  // Whether a log that ends at (index, term) holds at least what this one does: section 5.4.1.
  bool is_up_to_date(Index index, Term term) const {
    return term > last_term() || (term == last_term() && index >= last_index());
  }
  // The largest index <= `index` whose term is <= `term`, for the fast back-up of section 5.3.
  Index last_at_most(Index index, Term term) const;

  // Requires: first_index() <= index <= last_index().
  const Entry& at(Index index) const;
  // From `from`, as many as fit both limits but one at least. Requires: first_index() <= from.
  std::vector<Entry> slice(Index from, std::size_t count_max, std::size_t bytes_max) const;

  // Requires: entry.index == last_index() + 1.
  void append(Entry entry);
  // Removes all entries from `index` on. Requires: index >= first_index().
  void truncate(Index index);
  // Forgets entries up to `index`. Requires: index <= last_index().
  void compact(Index index);
  // Empties the log; a snapshot took the place of everything.
  void reset(Index index, Term term);

  // What changed since the last call: entries from first_changed on were appended or replaced; rows up to
  // last_stored were in storage before.
  struct Changes {
    Index first_changed = 0;  // > last_index() when only truncated
    Index last_stored = 0;
    bool any = false;
  };
  Changes take_changes();
  bool has_changes() const { return changed_; }

 private:
  void changed_from(Index index);

  Index compacted_index_ = 0;
  Term compacted_term_ = 0;
  std::deque<Entry> entries_;
  Index first_changed_ = 0;
  Index last_stored_ = 0;
  bool changed_ = false;
};

}  // namespace assay::refdb::raft
