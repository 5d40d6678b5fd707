// What the checkers snapshot-isolation, serializable and strict-serializable have in common: options, reading, decision,
// and what is said about it.
//
// Options: `order` = none | session | real-time (what must be kept beside the isolation), `data` = register | list,
// `initial` = an integer or nil (the default; of registers), `certificate` = yes | no (the default).
//
// Reads by predicate are judged over registers. Where a row may have been missed for several reasons, an order that was
// found is replayed, and the result is unknown if it does not explain the miss.
//
// Thread safety: as every checker, a pure function.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/isolation/decide.h"
#include "harness/core/checker.h"

namespace assay::checkers::isolation {

struct Variant {
  std::string_view checker;  // "serializable"
  Level level = Level::serializable;
  Order order = Order::none;  // unless the options say otherwise
  bool order_is_fixed = false;
};

std::unique_ptr<Checker> make_checker(const Variant& variant, const CheckerOptions& options,
                                      std::string& error);
std::string unsuited(const HistoryShape& shape, CheckerOptions& options);

}  // namespace assay::checkers::isolation
