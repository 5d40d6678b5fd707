// Finds a short cycle of every class that the cyclic part of a dependency graph holds: G0, G1c, G-single, G-nonadjacent,
// G2-item, and with anti-dependencies by predicate G-single-predicate, G-nonadjacent-predicate, G2 (Adya 1999; Cerone & Gotsman 2016 for cycles without adjacent anti-dependencies), first of data alone, then
// closed by the order of processes, then by real time. Also causality violations: one anti-dependency closed by reads (and
// the order of processes) alone, so that a transaction missed what it knew of (Cerone et al. 2015).
//
// Whether a class exists is decided by components of a restricted graph, which is linear; a single anti-dependency that
// closes a cycle is looked for 64 at a time, in topological order of everything else. Only then are cycles searched, each
// by a breadth-first search that goes no deeper than the shortest found so far, within a fixed number of steps. So a
// component of any size costs bounded time; what the bound cuts off is the proof that a cycle is the shortest, and in
// very large components G-single may be reported as what it implies.
//
// Thread safety: none; one search at a time. Complexity: linear for existence, bounded for the shortest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/cyclic_part.h"
#include "checkers/elle/edge.h"
#include "checkers/elle/lattice.h"

namespace assay::checkers::elle {

struct FoundCycle {
  AnomalySet anomaly = 0;
  Cycle cycle;  // nodes are ids of operations
};

// What a cycle is called: by the number and place of its anti-dependencies, what was assumed, and the orders it needs.
AnomalySet classify(const Cycle& cycle);

// Shortest cycle found of each class, the worst class first. `finished` is false when the limits ended the search.
std::vector<FoundCycle> find_cycles(const CyclicPart& part, const History& history, Limits& limits,
                                    bool& finished);

}  // namespace assay::checkers::elle
