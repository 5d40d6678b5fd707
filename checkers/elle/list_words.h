// What a dependency between lists means, in plain words, and which reads it rests on.
//
// Thread safety: const. Complexity: linear in the mops of the transactions told about.
#pragma once

#include "checkers/elle/cycle_report.h"
#include "checkers/elle/list_history.h"

namespace assay::checkers::elle {

class ListWords final : public EdgeWords {
 public:
  explicit ListWords(const ListHistory& lists) : lists_(lists), history_(*lists.history) {}

  std::string reason(const Edge& edge, const std::string& from, const std::string& to) const override;
  void support(const Edge& edge, const Cycle& cycle, std::vector<OpId>& operations) const override;
  std::string key_text(const Edge& edge) const override;

 private:
  // The element that stands in the slot of the edge, as its writer appended it.
  std::string element_of(const Edge& edge) const;
  // The list of the key that the operation read and that shows it did not see the slot.
  std::string list_without(OpId op, const Edge& edge) const;

  const ListHistory& lists_;
  const History& history_;
};

}  // namespace assay::checkers::elle
