// Sums what replicas count (ReplicaStatus::counters) over nodes and incarnations, by name, in order of first appearance.
//
// Thread safety: none. Complexity: linear in the number of names, which are few.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/fact.h"

namespace assay::refdb {

using CounterList = std::vector<std::pair<std::string, std::int64_t>>;

class CounterSum {
 public:
  void add(const std::string& name, std::int64_t value);
  void add(const CounterList& counters);
  Facts facts() const;

 private:
  CounterList sums_;
};

}  // namespace assay::refdb
