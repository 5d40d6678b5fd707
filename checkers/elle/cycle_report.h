// Words for a cycle: who its transactions are, why each comes before the next, and that the last comes before the first.
// What an edge of data means is told by whoever inferred it.
//
// Thread safety: pure functions. Complexity: linear in the cycle.
#pragma once

#include <string>
#include <vector>

#include "checkers/elle/cycle_search.h"
#include "checkers/elle/judgement.h"

namespace assay::checkers::elle {

class EdgeWords {
 public:
  virtual ~EdgeWords() = default;
  // Why `from` comes before `to`, for example "T1 appended 3 to key 7, which T2 did not see when it read [1 2]". `edge` is
  // ww, wr, rw or predicate_rw.
  virtual std::string reason(const Edge& edge, const std::string& from, const std::string& to) const = 0;
  // Operations besides the two without which the edge could not be inferred.
  virtual void support(const Edge& edge, const Cycle& cycle, std::vector<OpId>& operations) const = 0;
  virtual std::string key_text(const Edge& edge) const = 0;
};

Anomaly cycle_anomaly(const FoundCycle& found, const History& history, const EdgeWords& words);

// The special name of a cycle: write-skew, long-fork, stale-read; 0 when it has none.
AnomalySet shape_of_cycle(const Cycle& cycle);

// Looks for cycles, and adds an anomaly for each, and for each special name. Sets `finished` to false when the limits are
// spent.
void add_cycles(const CyclicPart& part, const History& history, const EdgeWords& words, Limits& limits,
                std::vector<Anomaly>& anomalies, bool& finished);

}  // namespace assay::checkers::elle
