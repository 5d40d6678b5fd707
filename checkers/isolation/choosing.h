// Decides the choices that pruning has left open: a solver picks a side of each, the graph with those edges is looked at,
// and every cycle found there becomes a clause that forbids its combination of sides; until there is no cycle (valid) or no
// combination left (invalid). Cycles are those with the fewest chosen edges, as short clauses forbid most.
//
// Thread safety: none; one thread each. Complexity: exponential in the worst case, as the problem is NP-complete
// (Papadimitriou 1979; Biswas & Enea, OOPSLA 2019); ends with the budget. Memory: the solver's, and the cycles.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/event_graph.h"

namespace assay::checkers::isolation {

struct Choosing {
  Verdict verdict = Verdict::unknown;
  std::vector<Node> order;                // valid: all events
  std::vector<std::vector<Edge>> cycles;  // invalid: every way runs into one of these
  std::uint64_t solved = 0;               // times that the solver was asked
  std::uint64_t clauses = 0;              // cycles that were forbidden
};

// `sides` are those of Pruning. `likely` is an order of the events that tells which side to try first. Adds edges to the
// graph, and leaves it as it was. The solver is asked at most `solver_calls` times.
Choosing choose_sides(EventGraph& graph, const std::vector<std::int8_t>& sides,
                      const std::vector<Node>& likely, std::uint64_t solver_calls, Limits& limits);

}  // namespace assay::checkers::isolation
