// What the transactions of a shop do, after TPC-C: new orders, payments, deliveries and two kinds of reports, of one
// warehouse; mostly read-modify-writes.
//
// Thread safety: none needed; for tests.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/operation.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {

struct ProgramStep {
  Key key = 0;
  bool writes = false;
};

class TpccPrograms {
 public:
  explicit TpccPrograms(Rng rng) : rng_(rng) {}

  // The steps of the next transaction; valid until the next call.
  const std::vector<ProgramStep>& next();

 private:
  static constexpr Key kWarehouse = 1, kDistrict = 10, kCustomer = 1'000, kItem = 100'000, kStock = 200'000,
                       kOrder = 1'000'000, kHistory = 100'000'000;

  void read(Key key) { steps_.push_back({key, false}); }
  void write(Key key) { steps_.push_back({key, true}); }
  void update(Key key);
  void new_order();
  void payment();
  Key recent_order();
  void order_status();
  void delivery();
  void stock_level();

  Rng rng_;
  std::vector<ProgramStep> steps_;
  std::int64_t orders_ = 0, histories_ = 0;
};

}  // namespace assay::checkers::testing
