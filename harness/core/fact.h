// Named values: what a fault chose, what a probe measured, what a checker counted. Kept in order of
// insertion, so that output is the same in every run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/core/value.h"

namespace assay {

struct Fact {
  std::string name;
  Value value;

  friend bool operator==(const Fact&, const Fact&) = default;
};
using Facts = std::vector<Fact>;

// The fact of that name, or nullptr. Linear: facts are few.
inline const Value* find_fact(const Facts& facts, const std::string& name) {
  for (const Fact& fact : facts) {
    if (fact.name == name) return &fact.value;
  }
  return nullptr;
}

}  // namespace assay
