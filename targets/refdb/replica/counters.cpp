#include "targets/refdb/replica/counters.h"

#include <algorithm>

namespace assay::refdb {

void CounterSum::add(const std::string& name, std::int64_t value) {
  const auto found =
      std::find_if(sums_.begin(), sums_.end(), [&](const auto& counter) { return counter.first == name; });
  if (found == sums_.end()) {
    sums_.emplace_back(name, value);
  } else {
    found->second += value;
  }
}

void CounterSum::add(const CounterList& counters) {
  for (const auto& [name, value] : counters) add(name, value);
}

Facts CounterSum::facts() const {
  Facts facts;
  for (const auto& [name, value] : sums_) facts.push_back({name, value});
  return facts;
}

}  // namespace assay::refdb
