// A queue: dequeue takes out what was put in first, or finds nothing. Of unknown outcome, a dequeue took
// whatever was first.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkers/linearizability/models/collection.h"

namespace assay::checkers {

struct FifoQueue {
  struct State {
    std::size_t taken = 0;        // before
    std::vector<Value> elements;  // first in front

    friend bool operator==(const State&, const State&) = default;
  };
  static constexpr bool kByKey = true;
  static constexpr Fn kPut = Fn::enqueue, kTake = Fn::dequeue;
  static constexpr const char* kOrderAnomaly = "fifo-order";

  TakeTimes times;  // may be left empty, and so may this:
  TakeRanks ranks;

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const {
    return hash_values(state.elements) ^ state.taken * 0x9e3779b97f4a7c15u;
  }
  std::size_t bytes(const State& state) const { return state.elements.capacity() * sizeof(Value); }
  std::optional<State> step(const State& state, const Operation& op) const;
  bool reads_only(const Operation& op) const { return found_empty(op, kTake); }
  std::string objection(const Operation& op) const { return object_to(op, {kPut, kTake}); }
  bool may_follow(const State& state, const Value& value) const;
};

}  // namespace assay::checkers
