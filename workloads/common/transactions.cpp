#include "workloads/common/transactions.h"

#include "harness/core/assert.h"

namespace assay::workloads {

Transactions::Transactions(const Options& options) : options_(options) {
  ASSAY_ASSERT(options.keys > 0 && options.length_max > 0 && options.writes_max > 0);
  for (Key key = 0; key < options.keys; ++key) active_.push_back(key);
  writes_.resize(static_cast<std::size_t>(options.keys));
}

// Each half as often as the one before it; what is left over is spread evenly.
std::size_t Transactions::some_key(Rng& rng) const {
  for (std::size_t place = 0; place + 1 < active_.size(); ++place) {
    if (rng.chance(1, 2)) return place;
  }
  return rng.below(active_.size());
}

Request Transactions::next(Rng& rng) {
  Request request;
  const std::uint64_t length = 1 + rng.below(static_cast<std::uint64_t>(options_.length_max));
  for (std::uint64_t i = 0; i < length; ++i) {
    Key& key = active_[some_key(rng)];
    if (rng.chance(static_cast<std::uint64_t>(options_.reads), 100)) {
      request.push_back({Fn::read, key, {}, {}});
      continue;
    }
    std::int64_t& last = writes_[static_cast<std::size_t>(key)];
    request.push_back({options_.write, key, Value(++last), {}});
    if (last < options_.writes_max) continue;
    key = static_cast<Key>(writes_.size());
    writes_.push_back(0);
  }
  return request;
}

std::vector<Key> Transactions::written() const {
  std::vector<Key> keys;
  for (std::size_t key = 0; key < writes_.size(); ++key) {
    if (writes_[key] > 0) keys.push_back(static_cast<Key>(key));
  }
  return keys;
}

}  // namespace assay::workloads
