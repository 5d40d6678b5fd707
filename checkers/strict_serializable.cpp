// The checker "strict-serializable": serializable, in an order that agrees with real time: what completed before another transaction
// was invoked comes before it.
// Complete: decided exactly, unless the budget ends first. See isolation/isolation_checker.h for options, and
// isolation/event_graph.h for the theory.
#include "checkers/isolation/isolation_checker.h"

namespace assay::checkers {

namespace {

constexpr isolation::Variant kVariant = {"strict-serializable", isolation::Level::serializable,
                                         isolation::Order::real_time, true};

std::unique_ptr<Checker> make(const CheckerOptions& options, std::string& error) {
  return isolation::make_checker(kVariant, options, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  if (!shape.timed) return "needs to know when transactions began and ended";
  return isolation::unsuited(shape, options);
}

}  // namespace

extern const CheckerPlugin strict_serializable_plugin;
const CheckerPlugin strict_serializable_plugin = {
    "strict-serializable", "serializable in an order that agrees with real time (complete)", make, unsuited};

}  // namespace assay::checkers
