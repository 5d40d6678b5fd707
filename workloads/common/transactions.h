// Requests of several micro-operations over a few keys at a time, as Elle makes them (Kingsbury & Alvaro, VLDB 2020): every value
// is unique under its key, a key that was written often enough gives way to a fresh one, and some keys are asked for more often
// than others, so that there are both conflicts and versions to tell apart.
//
// Thread safety: none. Complexity: linear in the length of a request.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/operation.h"
#include "harness/core/rng.h"

namespace assay::workloads {

class Transactions {
 public:
  struct Options {
    Fn write = Fn::append;         // or Fn::write
    std::int64_t keys = 5;         // at a time
    std::int64_t length_max = 4;   // micro-operations of a request: 1 to so many
    std::int64_t writes_max = 32;  // of a key
    std::int64_t reads = 50;       // percent of micro-operations
  };
  explicit Transactions(const Options& options);

  Request next(Rng& rng);
  // Every key that was written so far.
  std::vector<Key> written() const;

 private:
  std::size_t some_key(Rng& rng) const;

  Options options_;
  std::vector<Key> active_;
  std::vector<std::int64_t> writes_;  // by key: the value that it was given last
};

}  // namespace assay::workloads
