// Decides a problem: the known edges, a schedule that happens to work, pruning, and the solver for what is left, each
// only if the one before did not decide it. Where no order is to be kept, keeping that of sessions is tried first.
//
// Thread safety: pure function. Complexity: see schedule.h, pruning.h, choosing.h.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/event_graph.h"
#include "checkers/isolation/problem.h"

namespace assay::checkers::isolation {

// What to decide, and how far to go.
struct Model {
  Level level = Level::serializable;
  Order order = Order::none;
};

// Ways that may be left out, so that tests can drive the ones behind them.
struct Shortcuts {
  bool schedule = true;
  bool prune = true;
};

struct Decision {
  Verdict verdict = Verdict::unknown;
  std::vector<Txn> order;    // valid: each once, or its start and then its commit under snapshot isolation
  std::vector<Txn> reasons;  // invalid: transactions that suffice, as far as could be seen; ascending
  std::uint64_t choices = 0, forced = 0, rounds = 0, solved = 0, clauses = 0;
};

Decision decide(const Problem& problem, const Model& model, Limits& limits, const Shortcuts& shortcuts = {});

}  // namespace assay::checkers::isolation
