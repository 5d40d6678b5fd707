// A set: add and remove with an element as argument, read with a list of all elements in any order as result
// (nil: none), or read with an element as argument and a boolean as result (contains). The result of an add
// or remove, if it is a boolean, says whether it changed the set.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkers/linearizability/models/collection.h"

namespace assay::checkers {

struct Set {
  using State = std::vector<Value>;  // sorted
  static constexpr bool kByKey = true;

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const { return hash_values(state); }
  std::optional<State> step(const State& state, const Operation& op) const;
  bool reads_only(const Operation& op) const;
  std::string objection(const Operation& op) const;
  Separable parts(const Operation& op, std::vector<Part>& parts) const;
  void name_violation(const History& history, std::span<const OpId> witness, std::string& anomaly,
                      std::string& summary) const;
  // Adds of unknown outcome whose element no operation that is known to have happened names.
  void drop_useless(const History& history, std::vector<OpId>& ids) const;
};

}  // namespace assay::checkers
