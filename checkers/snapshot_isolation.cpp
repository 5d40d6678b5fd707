// The checker "snapshot-isolation": every transaction reads from a snapshot of what was committed when it started, and of
// two that overlap and write the same key only one commits (Berenson et al., SIGMOD 1995).
// Complete: decided exactly, unless the budget ends first. See isolation/isolation_checker.h for options, and
// isolation/event_graph.h for the theory.
#include "checkers/isolation/isolation_checker.h"

namespace assay::checkers {

namespace {

constexpr isolation::Variant kVariant = {"snapshot-isolation", isolation::Level::snapshot_isolation,
                                         isolation::Order::none, false};

std::unique_ptr<Checker> make(const CheckerOptions& options, std::string& error) {
  return isolation::make_checker(kVariant, options, error);
}

}  // namespace

extern const CheckerPlugin snapshot_isolation_plugin;
const CheckerPlugin snapshot_isolation_plugin = {
    "snapshot-isolation",
    "every transaction reads from one snapshot, and no two that overlap write the same key (complete)", make,
    isolation::unsuited};

}  // namespace assay::checkers
