// An unordered queue (a bag): dequeue takes out any element, or finds nothing. Of unknown outcome, a dequeue
// may have taken any: one of several states follows.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/linearizability/models/collection.h"

namespace assay::checkers {

struct UnorderedQueue {
  using State = std::vector<Value>;  // sorted
  static constexpr bool kByKey = true;
  static constexpr Fn kPut = Fn::enqueue, kTake = Fn::dequeue;
  static constexpr const char* kOrderAnomaly = "future-element";

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const { return hash_values(state); }
  std::vector<State> step(const State& state, const Operation& op) const;
  bool reads_only(const Operation& op) const { return found_empty(op, kTake); }
  std::string objection(const Operation& op) const { return object_to(op, {kPut, kTake}); }
};

}  // namespace assay::checkers
