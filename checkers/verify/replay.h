// Replays an order of operations on something small and obvious, one kind for each model: a map, a deque, a
// number. Shares nothing with the code that finds orders.
//
// Thread safety: none. Complexity: near constant for each operation; a list or set that is read is compared
// whole, and a list is copied for each append to it.
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

// "Operation 7 occurs twice."
std::string complain(OpId id, const std::string& what);

// As it stands in the options of a certificate. False if it is neither an integer nor nil.
bool initial_value(const Certificate& certificate, Value& initial);

}  // namespace assay::checkers
