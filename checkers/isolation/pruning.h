// Settles choices that have only one side left: a side whose edge would close a cycle with what is known already is
// impossible, so the other side becomes known, and may make more sides impossible, and so on (the pruning of Cobra, Tan
// et al., OSDI 2020, and PolySI, Huang et al., VLDB 2023). A choice without any side, or a cycle of known edges, refutes
// the history; the argument is then followed back to the transactions that it needs.
//
// Thread safety: none; one thread each. Complexity: rounds * (edges * events / 512), few rounds in practice.
// Memory: about 60 bytes a choice.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/event_graph.h"
#include "checkers/isolation/paths.h"
#include "checkers/isolation/reachability.h"

namespace assay::checkers::isolation {

enum class Outlook : std::uint8_t { open, refuted, spent };

class Pruning {
 public:
  static constexpr std::int8_t kOpen = -1;

  Pruning(EventGraph& graph, Limits& limits) : graph_(graph), limits_(limits), charge_(limits) {}

  // Adds the edges of forced sides to the graph. Requires: the graph's choices were listed.
  Outlook run();

  const std::vector<std::int8_t>& sides() const { return side_; }  // by choice: kOpen, 0 or 1
  std::uint64_t forced() const { return forced_; }
  std::uint32_t rounds() const { return round_; }

  // Transactions that suffice to refute the history, ascending. Requires: run() said refuted.
  std::vector<Txn> reasons();
  // The same for cycles that each possible way through the open choices runs into, given by their edges.
  std::vector<Txn> reasons_of(const std::vector<std::vector<Edge>>& cycles);

 private:
  bool ask(const std::vector<std::uint32_t>& place);
  bool force_sides(const std::vector<std::uint32_t>& place);
  std::vector<EdgeId> known_cycle();
  void need(const Edge& edge);
  void need_evidence(const Edge& edge);
  void need_refutation(std::uint32_t choice, int side, std::uint32_t before_round);
  void need_chain(std::uint32_t chain);
  void forget_reasons();
  std::vector<Txn> follow_reasons();

  EventGraph& graph_;
  Limits& limits_;
  Charge charge_;
  std::uint32_t round_ = 0;
  std::uint64_t forced_ = 0;
  std::vector<std::int8_t> side_;
  std::vector<std::uint32_t> forced_in_;  // round, by choice
  std::vector<Question> questions_;
  std::vector<char> answers_;
  std::vector<std::uint32_t> impossible_;  // choices without any side
  std::vector<bool> needed_;               // transactions
  std::vector<std::uint32_t> to_explain_;
  std::vector<bool> explained_;  // choices
};

}  // namespace assay::checkers::isolation
