// A stack: pop takes out what was pushed last, or finds nothing. Of unknown outcome, a pop took whatever was
// on top.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkers/linearizability/models/collection.h"

namespace assay::checkers {

struct Stack {
  using State = std::vector<Value>;  // top at the back
  static constexpr bool kByKey = true;
  static constexpr Fn kPut = Fn::push, kTake = Fn::pop;
  static constexpr const char* kOrderAnomaly = "lifo-order";

  TakeTimes times;  // may be left empty

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const { return hash_values(state); }
  std::optional<State> step(const State& state, const Operation& op) const;
  bool reads_only(const Operation& op) const { return found_empty(op, kTake); }
  std::string objection(const Operation& op) const { return object_to(op, {kPut, kTake}); }
  bool may_cover(const State& state, const Value& value) const;
};

}  // namespace assay::checkers
