#include "targets/refdb/raft/log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "harness/core/assert.h"

namespace assay::refdb::raft {

Log::Log(Index compacted_index, Term compacted_term, std::vector<Entry> entries, Index last_row)
    : compacted_index_(compacted_index),
      compacted_term_(compacted_term),
      entries_(std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())),
      last_stored_(std::max(last_index(), last_row)) {}

std::optional<Term> Log::term_at(Index index) const {
  if (index == compacted_index_) return compacted_term_;
  if (index < compacted_index_ || index > last_index()) return std::nullopt;
  return at(index).term;
}

Index Log::last_at_most(Index index, Term term) const {
  index = std::min(index, last_index());
  while (index > compacted_index_ && at(index).term > term) --index;
  return index;
}

const Entry& Log::at(Index index) const {
  ASSAY_ASSERT(index > compacted_index_ && index <= last_index());
  return entries_[index - compacted_index_ - 1];
}

std::vector<Entry> Log::slice(Index from, std::size_t count_max, std::size_t bytes_max) const {
  ASSAY_ASSERT(from > compacted_index_);
  std::vector<Entry> out;
  std::size_t bytes = 0;
  for (Index index = from; index <= last_index() && out.size() < count_max; ++index) {
    const Entry& entry = at(index);
    bytes += entry.command().size();
    if (!out.empty() && bytes > bytes_max) break;
    out.push_back(entry);
  }
  return out;
}

void Log::append(Entry entry) {
  ASSAY_ASSERT(entry.index == last_index() + 1);
  changed_from(entry.index);
  entries_.push_back(std::move(entry));
}

void Log::truncate(Index index) {
  ASSAY_ASSERT(index > compacted_index_);
  if (index > last_index()) return;
  changed_from(index);
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index - compacted_index_ - 1),
                 entries_.end());
}

void Log::compact(Index index) {
  if (index <= compacted_index_) return;
  const Term term = at(index).term;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(index - compacted_index_));
  compacted_index_ = index;
  compacted_term_ = term;
}

void Log::reset(Index index, Term term) {
  changed_from(1);
  entries_.clear();
  compacted_index_ = index;
  compacted_term_ = term;
}

Log::Changes Log::take_changes() {
  const Changes changes{first_changed_, last_stored_, changed_};
  last_stored_ = last_index();
  changed_ = false;
  return changes;
}

void Log::changed_from(Index index) {
  first_changed_ = changed_ ? std::min(first_changed_, index) : index;
  changed_ = true;
}

}  // namespace assay::refdb::raft
