// Replays an order of operations on something small and obvious, one kind for each model: a map of keys, a deque, a number.
// Shares nothing with the code that finds orders.
//
// Thread safety: none. Complexity: near constant for each operation; a list or set that is read is compared whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/core/history.h"

namespace assay::checkers {

class Replay {
 public:
  virtual ~Replay() = default;
  // Applies an operation; false if it cannot have happened here. The result of one of unknown outcome is not
  // looked at.
  virtual bool apply(const Operation& op) = 0;
};

// Registers, lists, numbers and reads by predicate, of any number of keys; these hold `initial` at first. Of `history` it
// is only looked at which keys there are. store.cpp
std::unique_ptr<Replay> make_store(const Value& initial, const History& history);
// A register whose reads find one of the last k values. recent.cpp
std::unique_ptr<Replay> make_recent(const Value& initial, std::int64_t k);
std::unique_ptr<Replay> make_lock(bool fenced);               // locks.cpp
std::unique_ptr<Replay> make_counter(const Value& initial);   // number.cpp
std::unique_ptr<Replay> make_set();                           // members.cpp
std::unique_ptr<Replay> make_queue(const std::string& kind);  // "fifo-queue" ...: queues.cpp; null: unknown
std::unique_ptr<Replay> make_bag();                           // an unordered queue: bag.cpp

}  // namespace assay::checkers
