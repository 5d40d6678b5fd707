// Replays an order of operations on something small and obvious, one kind for each model: a map (store.h), a deque, a
// number. Shares nothing with the code that finds orders.
//
// Thread safety: none. Complexity: near constant for each operation; a list or set that is read is compared
// whole.
#pragma once

#include <memory>
#include <string>

#include "harness/core/checker.h"

namespace assay::checkers {

class Replay {
 public:
  virtual ~Replay() = default;
  // Applies an operation; false if it cannot have happened here. The result of one of unknown outcome is not
  // looked at.
  virtual bool apply(const Operation& op) = 0;
};

// Null where the model is unknown. Keys hold `initial` at first; collections are empty, locks free, and
// counters at 0 unless `initial` is an integer.
std::unique_ptr<Replay> make_replay(const std::string& model, const Value& initial);

}  // namespace assay::checkers
