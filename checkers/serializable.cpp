// The checker "serializable": there is an order of the transactions in which each reads what those before it left
// (Papadimitriou 1979).
// Complete: decided exactly, unless the budget ends first. See isolation/isolation_checker.h for options, and
// isolation/event_graph.h for the theory.
#include "checkers/isolation/isolation_checker.h"

namespace assay::checkers {

namespace {

constexpr isolation::Variant kVariant = {"serializable", isolation::Level::serializable,
                                         isolation::Order::none, false};

std::unique_ptr<Checker> make(const CheckerOptions& options, std::string& error) {
  return isolation::make_checker(kVariant, options, error);
}

}  // namespace

extern const CheckerPlugin serializable_plugin;
const CheckerPlugin serializable_plugin = {
    "serializable", "the transactions have an order in which each reads what those before it left (complete)",
    make, isolation::unsuited};

}  // namespace assay::checkers
