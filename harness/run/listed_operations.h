// The operations that a plan lists, handed out when they are due and their slot is free. An operation whose slot is busy
// holds up the later ones of that slot, and nobody else.
//
// Thread safety: none. Ownership: the list outlives this. Complexity: as many steps a call as operations are overdue.
#pragma once

#include <algorithm>
#include <vector>

#include "harness/core/plan.h"

namespace assay {

class ListedOperations {
 public:
  explicit ListedOperations(const std::vector<ListedOperation>& list) {
    for (const ListedOperation& operation : list) coming_.push_back(&operation);
    std::stable_sort(coming_.begin(), coming_.end(),
                     [](const ListedOperation* a, const ListedOperation* b) { return a->at < b->at; });
  }

  bool any() const { return !coming_.empty(); }
  bool all_taken() const { return next_ == coming_.size() && overdue_.empty(); }
  // When the next one is due that was not due when take() was called last.
  Nanos next() const { return next_ < coming_.size() ? coming_[next_]->at : kNever; }

  // The first that is due and whose slot is free; null when there is none.
  template <class IsFree>
  const ListedOperation* take(Nanos now, IsFree is_free) {
    for (; next_ < coming_.size() && coming_[next_]->at <= now; ++next_) overdue_.push_back(coming_[next_]);
    const auto found = std::find_if(overdue_.begin(), overdue_.end(), [&](const ListedOperation* operation) {
      return is_free(operation->slot);
    });
    if (found == overdue_.end()) return nullptr;
    const ListedOperation* operation = *found;
    overdue_.erase(found);
    return operation;
  }

 private:
  std::vector<const ListedOperation*> coming_;  // in order of time
  std::size_t next_ = 0;
  std::vector<const ListedOperation*> overdue_;
};

}  // namespace assay
