// A priority queue: dequeue takes out the least element (values have a total order: by kind, then by
// content), or finds nothing. Of unknown outcome, a dequeue took whatever was least.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkers/linearizability/models/collection.h"

namespace assay::checkers {

struct PriorityQueue {
  using State = std::vector<Value>;  // greatest in front
  static constexpr bool kByKey = true;
  static constexpr Fn kPut = Fn::enqueue, kTake = Fn::dequeue;
  static constexpr const char* kOrderAnomaly = "priority-order";

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const { return hash_values(state); }
  std::optional<State> step(const State& state, const Operation& op) const;
  bool reads_only(const Operation& op) const { return found_empty(op, kTake); }
  std::string objection(const Operation& op) const { return object_to(op, {kPut, kTake}); }
};

}  // namespace assay::checkers
