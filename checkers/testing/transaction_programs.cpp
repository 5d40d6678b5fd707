#include "checkers/testing/transaction_programs.h"

#include <algorithm>

namespace assay::checkers::testing {

const std::vector<ProgramStep>& TpccPrograms::next() {
  steps_.clear();
  const std::uint64_t kind = rng_.below(100);
  if (kind < 45) {
    new_order();
  } else if (kind < 88) {
    payment();
  } else if (kind < 92) {
    order_status();
  } else if (kind < 96) {
    delivery();
  } else {
    stock_level();
  }
  return steps_;
}

void TpccPrograms::update(Key key) {
  read(key);
  write(key);
}

void TpccPrograms::new_order() {
  const Key district = rng_.between(0, 9);
  read(kWarehouse);
  update(kDistrict + district);
  read(kCustomer + rng_.between(0, 2999));
  const Key order = kOrder + 20 * ++orders_;
  const std::int64_t lines = rng_.between(5, 15);
  write(order);
  write(order + 1);
  for (std::int64_t line = 0; line < lines; ++line) {
    const Key item = rng_.between(0, 9'999);
    read(kItem + item);
    update(kStock + item);
    write(order + 2 + line);
  }
}

void TpccPrograms::payment() {
  update(kWarehouse + 1);
  update(kDistrict + 10 + rng_.between(0, 9));
  update(kCustomer + rng_.between(0, 2999));
  write(kHistory + ++histories_);
}

Key TpccPrograms::recent_order() {
  return kOrder + 20 * rng_.between(std::max<std::int64_t>(orders_ - 50, 0), orders_);
}
void TpccPrograms::order_status() {
  read(kCustomer + rng_.between(0, 2999));
  const Key order = recent_order();
  read(order);
  for (Key line = 0; line < 5; ++line) read(order + 2 + line);
}

void TpccPrograms::delivery() {
  const Key order = recent_order();
  update(order + 1);
  update(order);
  update(kCustomer + rng_.between(0, 2999));
}

void TpccPrograms::stock_level() {
  read(kDistrict + rng_.between(0, 9));
  for (int i = 0; i < 10; ++i) read(kStock + rng_.between(0, 9'999));
}

}  // namespace assay::checkers::testing
